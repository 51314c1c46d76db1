"""/agents: what is answered, what is refused, what calls read afterwards, and what is never shown."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from ivr.domain.agent_presets import AgentPreset
from ivr.domain.agent_vendors import AGENT_PRESETS
from tests.admin.conftest import Api

SALES: dict[str, Any] = {
    "name": "sales",
    "targets": [
        {"uri": "sip:agent@192.0.2.10:5060;transport=tcp", "username": "me", "password": "secret-word"},
        {"uri": "sip:agent@192.0.2.11"},
    ],
}
MENU = {"name": "m", "nodes": {"go": {"action": "transfer", "agent": "sales"}}}


def test_an_agent_has_sensible_limits_and_shows_no_password(api: Api) -> None:
    made = api("POST", "/agents", SALES)
    assert made.status_code == 201
    assert made.headers["Location"] == "/agents/sales"
    shown = made.json
    assert shown["targets"] == [
        {"uri": "sip:agent@192.0.2.10:5060;transport=tcp", "username": "me", "has_password": True},
        {"uri": "sip:agent@192.0.2.11", "username": None, "has_password": False},
    ]
    limits = ("ring_timeout_s", "no_progress_timeout_s", "max_talk_s", "silence_timeout_s", "header_style", "send")
    assert [shown[name] for name in limits] == [20, 4, 1800, 5, "hyphen", ["x", "diversion"]]
    assert api("GET", "/agents/sales").json == shown
    assert api("GET", "/agents").json["items"] == [shown]


def test_nothing_that_is_answered_has_the_password(api: Api) -> None:
    texts = [api("POST", "/agents", SALES).text, api("POST", "/agents", SALES).text]
    texts.append(api("PATCH", "/agents/sales", {"ring_timeout_s": 5}).text)
    menu = api.create(MENU)
    texts += [api("GET", path).text for path in ("/agents", "/agents/sales", f"/ivr/{menu}", "/audit")]
    texts.append(api("POST", "/agents", {**SALES, "targets": [{"uri": "no", "password": "secret-word"}]}).text)
    texts.append(api("POST", "/agents", {**SALES, "targets": [{"uri": "sip:a@b", "password": "secret-word,"}]}).text)
    assert not any("secret-word" in text for text in texts)


def test_a_prepare_url_gets_a_secret_that_is_shown_once(api: Api) -> None:
    made = api("POST", "/agents", {**SALES, "prepare_url": "https://agents.example.com/prepare?a=b"}).json
    secret = made["prepare_secret"]
    assert secret.startswith("whsec_")
    texts = [api("GET", path).text for path in ("/agents/sales", "/audit")]
    texts.append(api("PATCH", "/agents/sales", {"prepare_url": "http://agents.example.com/"}).text)
    assert not any(secret in text for text in texts)
    own = "whsec_" + "A" * 40
    answer = api("PATCH", "/agents/sales", {"prepare_secret": own, "codecs": ["PCMA", "PCMU", "PCMA"]}).json
    assert (answer["prepare_secret"], answer["codecs"]) == (None, ["PCMA", "PCMU"])
    assert api("PATCH", "/agents/sales", {"prepare_url": None}).json["prepare_url"] is None


def test_an_agent_has_a_list_of_addresses_to_send_callers_on_to(api: Api) -> None:
    assert api("POST", "/agents", SALES).json["may_transfer_to"] == []
    listed = ["sip:desk@pbx.example.com", "sip:+1480*@trunk.example.com:5070;transport=tcp"]
    assert api("PATCH", "/agents/sales", {"may_transfer_to": [*listed, listed[0]]}).json["may_transfer_to"] == listed
    assert api("PATCH", "/agents/sales", {"ring_timeout_s": 9}).json["may_transfer_to"] == listed
    assert api("GET", "/agents/sales").json["may_transfer_to"] == listed
    assert api("PATCH", "/agents/sales", {"may_transfer_to": []}).json["may_transfer_to"] == []


def test_a_password_is_stored_sealed(api: Api, database: str) -> None:
    api("POST", "/agents", SALES)
    with psycopg.connect(database) as connection:
        (stored,) = connection.execute("select document::text from agent").fetchone() or ("",)
    assert "secret-word" not in stored
    assert "gAAAA" in stored


def test_a_change_keeps_what_it_does_not_name_the_password_too(api: Api) -> None:
    api("POST", "/agents", SALES)
    changed = api("PATCH", "/agents/sales", {"max_talk_s": 60, "send": ["x", "user_to_user", "x"]})
    assert changed.status_code == 200
    assert (changed.json["max_talk_s"], changed.json["send"]) == (60, ["x", "user_to_user"])
    assert changed.json["targets"][0]["has_password"] is True
    uri = SALES["targets"][0]["uri"]
    again = api("PATCH", "/agents/sales", {"targets": [{"uri": uri, "username": "me"}]}).json
    assert [each["has_password"] for each in again["targets"]] == [True]
    other = api("PATCH", "/agents/sales", {"targets": [{"uri": uri, "username": "you"}]}).json
    assert [each["has_password"] for each in other["targets"]] == [False]


def test_a_name_is_taken_once(api: Api) -> None:
    assert api("POST", "/agents", SALES).status_code == 201
    again = api("POST", "/agents", SALES)
    assert (again.status_code, again.json["code"]) == (409, "agent_taken")
    assert [each["pointer"] for each in again.json["errors"]] == ["/name"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
@pytest.mark.parametrize("name", ["nobody", "a b", "%24%7Bx%7D"])
def test_an_agent_that_is_not_there_is_not_found(api: Api, method: str, name: str) -> None:
    answer = api(method, f"/agents/{name}", {"ring_timeout_s": 5} if method == "PATCH" else None)
    assert (answer.status_code, answer.json["code"]) == (404, "agent_not_found")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a b"),
        ("targets", []),
        ("targets", [{"uri": "sip:a@b"}] * 9),
        ("targets", [{"uri": "sip:a@b,sofia/x/y"}]),
        ("targets", [{"uri": "sip:${system(id)}@b"}]),
        ("targets", [{"uri": "sip:a@b\n"}]),
        ("targets", [{"uri": "http://a"}]),
        ("targets", [{"uri": "sip:a@b", "username": "a", "password": "has,comma"}]),
        ("targets", [{"uri": "sip:a@b", "username": "a", "password": "has}brace"}]),
        ("targets", [{"uri": "sip:a@b", "username": "a", "password": "has$dollar"}]),
        ("codecs", ["PCMU,loopback"]),
        ("codecs", ["${uuid}"]),
        ("may_transfer_to", ["+14805551234"]),
        ("may_transfer_to", ["sip:${system(id)}@b"]),
        ("may_transfer_to", ["sip:a@b,sip:c@d"]),
        ("may_transfer_to", ["sip:a@*"]),
        ("may_transfer_to", ["sip:a@b"] * 51),
        ("prepare_url", "http://a b/"),
        ("prepare_url", "ftp://a/"),
        ("prepare_url", "http://user:password@a/"),
        ("prepare_secret", "short"),
        ("targets", [{"uri": "sip:a@b", "username": "has blank", "password": "x"}]),
        ("ring_timeout_s", 0),
        ("ring_timeout_s", 121),
        ("ring_timeout_s", "20"),
        ("no_progress_timeout_s", 31),
        ("max_talk_s", 0),
        ("silence_timeout_s", 61),
        ("header_style", "camel"),
        ("send", ["everything"]),
        ("more", 1),
    ],
)
def test_what_could_not_be_dialled_is_refused(api: Api, field: str, value: Any) -> None:
    answer = api("POST", "/agents", {**SALES, field: value})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"].startswith(f"/{field}")
    assert api("GET", "/agents").json["items"] == []


def test_a_menu_warns_of_an_agent_that_is_not_there_until_it_is(api: Api) -> None:
    menu = api.create(MENU)
    before = api("GET", f"/ivr/{menu}").json
    assert [each["code"] for each in before["warnings"]] == ["agent_not_found"]
    assert api("POST", "/ivr?strict=true", MENU).status_code == 422
    api("POST", "/agents", SALES)
    after = api("GET", f"/ivr/{menu}").json
    assert (after["warnings"], after["version"]) == ([], before["version"] + 1)
    assert api("POST", "/ivr?strict=true", MENU).status_code == 201


def test_an_agent_that_a_menu_names_is_deleted_by_force_alone(api: Api) -> None:
    api("POST", "/agents", SALES)
    menu = api.create(MENU)
    refused = api("DELETE", "/agents/sales")
    assert (refused.status_code, refused.json["code"]) == (409, "agent_in_use")
    assert menu in refused.json["detail"]
    assert api("DELETE", "/agents/sales?force=true").status_code == 204
    assert json.dumps(api("GET", f"/ivr/{menu}").json["warnings"]).count("agent_not_found") == 1


@pytest.mark.parametrize("preset", [each for each in AGENT_PRESETS.values() if "<" in each.uri])
def test_a_preset_whose_address_is_not_filled_in_says_what_is_missing(api: Api, preset: AgentPreset) -> None:
    refused = api("POST", "/agents", {"name": "amy", "targets": [{"uri": preset.uri}]})
    (fault,) = refused.json["errors"]
    left = preset.uri[preset.uri.index("<") : preset.uri.index(">") + 1]
    assert fault["pointer"] == "/targets/0/uri"
    assert fault["message"] == (
        f"this address is not filled in yet: put your own {left[1:-1]} where {left} stands"
    )


def test_a_telephone_number_is_an_agent_s_address_and_says_that_no_trunk_can_ring_it(api: Api) -> None:
    numbers = [{"uri": "sip:a@b.example"}, {"uri": "tel:+14155552671"}]
    made = api("POST", "/agents", {"name": "boss", "targets": numbers})
    assert made.status_code == 201
    assert [each["uri"] for each in made.json["targets"]] == ["sip:a@b.example", "tel:+14155552671"]
    (warning,) = made.json["warnings"]
    assert (warning["pointer"], warning["code"]) == ("/targets/1/uri", "no_way_out")
    assert "+14155552671 is not rung: there is no trunk for calls out" in warning["message"]
    trunk = {"name": "carrier", "hosts": ["192.0.2.30"], "numbers": ["+14155550100"]}
    assert api("POST", "/trunks", trunk).status_code == 201
    assert api("GET", "/agents/boss").json["warnings"] == []
    assert api("GET", "/agents").json["items"][0]["warnings"] == []


def test_an_expensive_number_is_warned_of_and_an_impossible_one_is_refused(api: Api) -> None:
    trunk = {"name": "carrier", "hosts": ["192.0.2.30"], "numbers": ["+14155550100"]}
    assert api("POST", "/trunks", trunk).status_code == 201
    made = api("POST", "/agents", {"name": "boss", "targets": [{"uri": "tel:+19005552671"}]}).json
    (warning,) = made["warnings"]
    assert warning["code"] == "destination_refused"
    assert warning["message"] == "+19005552671 is a premium-rate number; only ordinary telephones may be rung"
    for uri in ("tel:+1415", "tel:+14155", "tel:4155552671", "4155552671"):
        refused = api("POST", "/agents", {"name": "other", "targets": [{"uri": uri}]})
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/targets/0/uri"), uri
    known = {"name": "other", "targets": [{"uri": "tel:+14155552671", "username": "me", "password": "word"}]}
    refused = api("POST", "/agents", known)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/targets/0/username")
