"""What follows a caller's hang-up, through the API: created, changed, compared, kept from what sounds."""

from __future__ import annotations

from typing import Any

from tests.admin.conftest import Api

TOLD: dict[str, Any] = {
    "name": "Told",
    "hung_up_node": "left",
    "nodes": {
        "ask": {"audio": "ask.wav", "gather": {"1": "bye"}},
        "bye": {"action": "hangup"},
        "left": {"set": {"list:left": "1d"}, "next": "end"},
        "end": {"action": "hangup"},
    },
}


def test_a_menu_says_what_follows_a_hang_up_and_takes_it_back(api: Api) -> None:
    created = api("POST", "/ivr", TOLD)
    assert (created.status_code, created.json["hung_up_node"]) == (201, "left")
    assert {each["code"] for each in created.json["warnings"]} == {"audio_not_ready", "list_not_found"}
    menu = f"/ivr/{created.json['id']}"
    assert api("PATCH", menu, {"name": "Told more"}).json["hung_up_node"] == "left"
    assert api("GET", f"{menu}/versions/2").json["hung_up_node"] == "left"
    without = api("PATCH", menu, {"hung_up_node": None}).json
    assert without["hung_up_node"] is None
    assert ("left", "unreachable") in [(each["node"], each["code"]) for each in without["warnings"]]
    diff = api("GET", f"{menu}/versions/2/diff/3").json
    assert [(each["pointer"], each["change"]) for each in diff["menu"]] == [("/hung_up_node", "removed")]
    assert "hung_up_node" not in (api("GET", f"{menu}/versions/3").json or {})
    restored = api("POST", f"{menu}/versions/2/restore")
    assert restored.json["hung_up_node"] == "left"


def test_a_node_that_is_removed_though_it_follows_a_hang_up_is_a_warning(api: Api) -> None:
    menu = f"/ivr/{api('POST', '/ivr', TOLD).json['id']}"
    patched = api("PATCH", menu, {"nodes": {"left": None}})
    assert patched.status_code == 200
    assert ("/hung_up_node", "target_not_found") in [
        (each["pointer"], each["code"]) for each in patched.json["warnings"]
    ]


def test_a_node_that_nobody_hears_gets_no_prompt(api: Api) -> None:
    menu = f"/ivr/{api('POST', '/ivr', TOLD).json['id']}"
    answer = api("POST", f"{menu}/audio", {"node": "left", "text": "Goodbye."})
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json["errors"]] == [
        ("/nodes/left/audio", "caller_is_gone")
    ]
    assert "audio" not in api("GET", menu).json["nodes"]["left"]


def test_a_node_with_a_sound_is_refused_in_words(api: Api) -> None:
    answer = api("POST", "/ivr", {**TOLD, "hung_up_node": "ask"})
    assert answer.status_code == 422
    (error,) = answer.json["errors"]
    assert (error["pointer"], error["code"]) == ("/nodes/ask/gather", "caller_is_gone")
    assert error["message"] == (
        "calls come here when the caller has hung up (hung_up_node): a node of this kind needs a caller, so end "
        "the way before it"
    )
