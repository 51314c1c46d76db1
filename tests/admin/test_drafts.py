"""Drafts: changes of a menu that callers hear nothing of until they are published as one version."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from admin.drafts.gone import problems_of
from admin.drafts.service import DraftService
from admin.http.services import Services
from admin.prompts.speaking_all import DraftSpeech
from admin.wiring import Stores
from ivr.domain.errors import StorageUnavailable
from ivr.ports.menu_drafts import Gone
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_TREE
from tts.client.errors import VoiceNotFound
from tts.client.results import Speech

NODES = PAGE_TREE["nodes"]
RENAMED = {**PAGE_TREE, "name": "Roofing line"}
GOODBYE = {**PAGE_TREE, "nodes": {**NODES, "unqualified": {**NODES["unqualified"], "text": "Goodbye."}}}
IF_NONE = {"If-None-Match": "*"}


@pytest.fixture
def menu(api: Api) -> str:
    """The id of a live menu with one spoken prompt, at version 2."""
    ivr_id = api.create()
    api("POST", f"/ivr/{ivr_id}/assign", {"did": PAGE_DID})
    assert api("POST", f"/ivr/{ivr_id}/audio", {"node": "unqualified", "text": "Bye."}).status_code == 201
    return ivr_id


def live(api: Api, ivr_id: str) -> Any:
    return api("GET", f"/ivr/{ivr_id}").json


def heard(api: Api, url: str) -> bytes:
    answer = api("GET", url)
    assert answer.status_code == 200, answer.text
    return answer.data


def put_draft(api: Api, ivr_id: str, document: Any, query: str = "", **headers: str) -> Any:
    answer = api("PUT", f"/ivr/{ivr_id}/draft{query}", document, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == f'"{answer.json["revision"]}"'
    return answer.json


def speak(api: Api, ivr_id: str, text: str | None = None, node: str = "unqualified") -> Any:
    answer = api("POST", f"/ivr/{ivr_id}/draft/audio", {"node": node, "text": text})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_nothing_of_a_draft_is_live_until_it_is_published_as_one_version(api: Api, menu: str) -> None:
    before = live(api, menu)
    sound = heard(api, f"/ivr/{menu}/audio/not_qualified.wav")
    draft = put_draft(api, menu, RENAMED)
    assert (draft["name"], draft["based_on"], draft["behind"]) == ("Roofing line", before["version"], False)
    speak(api, menu, "Good morning.", "welcome")
    spoken = speak(api, menu, "So long.")
    assert (spoken["version"], spoken["revision"]) == (before["version"], draft["revision"] + 2)
    new_sound = heard(api, spoken["url"])
    now = live(api, menu)
    assert {**now, "draft": None} == before
    assert now["draft"]["revision"] == spoken["revision"]
    assert heard(api, f"/ivr/{menu}/audio/not_qualified.wav") == sound != new_sound

    read = api("GET", f"/ivr/{menu}/draft").json
    assert read["sounds"] == ["not_qualified.wav", "welcome.wav"]
    published = api("POST", f"/ivr/{menu}/draft/publish", headers={"If-Match": f'"{read["revision"]}"'})

    assert published.status_code == 200, published.text
    assert published.headers["ETag"] == f'"{before["version"] + 1}"'
    assert (published.json["version"], published.json["name"]) == (before["version"] + 1, "Roofing line")
    assert published.json["draft"] is None
    assert heard(api, f"/ivr/{menu}/audio/not_qualified.wav") == new_sound
    assert api("GET", f"/ivr/{menu}/draft").json["code"] == "draft_not_found"


def test_a_save_for_another_revision_is_refused_and_the_first_finds_none(api: Api, menu: str) -> None:
    first = put_draft(api, menu, RENAMED, **IF_NONE)
    again = api("PUT", f"/ivr/{menu}/draft", RENAMED, headers=IF_NONE)
    assert (again.status_code, again.json["code"]) == (412, "draft_replaced")
    second = put_draft(api, menu, GOODBYE, **{"If-Match": f'"{first["revision"]}"'})
    for method, path, body in (
        ("PUT", "draft", RENAMED),
        ("POST", "draft/audio", {"node": "unqualified"}),
        ("POST", "draft/publish", None),
        ("DELETE", "draft", None),
    ):
        late = api(method, f"/ivr/{menu}/{path}", body, headers={"If-Match": f'"{first["revision"]}"'})
        assert (late.status_code, late.json["code"]) == (412, "draft_replaced"), path
        assert late.headers["ETag"] == f'"{second["revision"]}"'
    assert api("GET", f"/ivr/{menu}/draft").json["name"] == GOODBYE["name"]


def test_the_revision_of_a_draft_that_is_gone_never_stands_for_another(api: Api, menu: str) -> None:
    first = put_draft(api, menu, RENAMED)
    assert api("DELETE", f"/ivr/{menu}/draft").status_code == 204
    late = api("PUT", f"/ivr/{menu}/draft", GOODBYE, headers={"If-Match": f'"{first["revision"]}"'})
    assert (late.status_code, late.json["code"]) == (412, "draft_replaced")
    assert put_draft(api, menu, GOODBYE)["revision"] > first["revision"]


def test_a_draft_of_an_older_version_is_published_only_to_replace_it(api: Api, menu: str) -> None:
    draft = put_draft(api, menu, RENAMED)
    changed = api("PATCH", f"/ivr/{menu}", {"name": "Changed meanwhile"}).json
    assert api("GET", f"/ivr/{menu}/draft").json["behind"]
    refused = api("POST", f"/ivr/{menu}/draft/publish")
    assert (refused.status_code, refused.json["code"]) == (412, "version_replaced")
    assert "replace=true" in refused.json["detail"]
    assert live(api, menu)["version"] == changed["version"]

    rebased = put_draft(api, menu, RENAMED, f"?based_on={changed['version']}")
    assert (rebased["based_on"], rebased["behind"]) == (changed["version"], False)
    put_draft(api, menu, RENAMED, f"?based_on={draft['based_on']}")
    replaced = api("POST", f"/ivr/{menu}/draft/publish?replace=true")
    assert (replaced.status_code, replaced.json["name"]) == (200, "Roofing line")


def test_a_new_version_that_says_the_same_leaves_a_draft_current(api: Api, menu: str) -> None:
    put_draft(api, menu, RENAMED)
    for name in ("Other", PAGE_TREE["name"]):
        api("PATCH", f"/ivr/{menu}", {"name": name})
    draft = api("GET", f"/ivr/{menu}/draft").json
    assert (draft["behind"], draft["version"]) == (False, draft["based_on"] + 2)
    assert api("POST", f"/ivr/{menu}/draft/publish").status_code == 200


def test_a_discarded_draft_leaves_the_menu_as_it_was(api: Api, menu: str, stores: Stores) -> None:
    before = live(api, menu)
    put_draft(api, menu, RENAMED)
    speak(api, menu, "So long.")
    assert api("DELETE", f"/ivr/{menu}/draft").status_code == 204
    assert live(api, menu) == before
    actions = [each.action for each in stores.postgres.audit.list(subject=menu).items]
    assert actions[:2] == ["draft.discard", "draft.save"]


def test_a_draft_is_charged_when_it_is_spoken_and_published_with_one_entry_in_the_audit_log(
    api: Api, menu: str, stores: Stores
) -> None:
    put_draft(api, menu, RENAMED)
    for text in ("One.", "Two.", "Two."):
        speak(api, menu, text)
    assert charges(stores, menu) == 3  # "Bye." live, then two in the draft
    before = len(stores.postgres.audit.list(actor=actor_of(api, menu)).items)
    assert api("POST", f"/ivr/{menu}/draft/publish").status_code == 200
    assert charges(stores, menu) == 3
    entries = stores.postgres.audit.list(actor=actor_of(api, menu)).items
    assert len(entries) == before + 1
    assert (entries[0].action, entries[0].subject) == ("ivr.publish", menu)
    assert list(entries[0].after["prompts"]) == ["not_qualified.wav"]


def actor_of(api: Api, ivr_id: str) -> str:
    return str(api("GET", f"/ivr/{ivr_id}/versions?limit=1").json["items"][0]["actor"])


def charges(stores: Stores, ivr_id: str) -> int:
    row = stores.postgres.database.fetch_one("select count(*) as n from tts_charge where ivr_id = %s", (ivr_id,))
    return int(row["n"]) if row else 0


def test_what_is_due_is_spoken_before_it_is_published_if_one_asks(api: Api, menu: str) -> None:
    put_draft(api, menu, GOODBYE)
    strict = api("POST", f"/ivr/{menu}/draft/publish?strict=true")
    assert (strict.status_code, strict.json["code"]) == (422, "warnings")
    published = api("POST", f"/ivr/{menu}/draft/publish?speak=true").json
    states = {each["audio"]: (each["state"], each["text"]) for each in published["prompts"]}
    assert states["not_qualified.wav"] == ("ready", "Goodbye.")


def test_a_prompt_that_cannot_be_spoken_leaves_draft_and_menu_as_they_were(
    api: Api, menu: str, silent_speech: SilentSpeech
) -> None:
    put_draft(api, menu, GOODBYE)
    before = live(api, menu)
    silent_speech.away = True
    assert api("POST", f"/ivr/{menu}/draft/publish?speak=true").json["code"] == "tts_unavailable"
    assert live(api, menu) == before


def test_a_text_that_no_voice_can_say_is_named_and_nothing_is_published(
    api: Api, menu: str, silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Speech:
        raise VoiceNotFound("hal", ["joe"])

    put_draft(api, menu, GOODBYE)
    before = live(api, menu)
    monkeypatch.setattr(silent_speech, "speak", refuse)
    refused = api("POST", f"/ivr/{menu}/draft/publish?speak=true")
    assert (refused.status_code, refused.json["code"]) == (422, "text_not_spoken")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/nodes/unqualified/audio"]
    assert live(api, menu) == before


def test_a_draft_outlives_an_agent_that_it_names_and_is_then_refused_with_the_place(api: Api, menu: str) -> None:
    assert api("POST", "/agents", {"name": "ann", "targets": [{"uri": "sip:ann@192.0.2.1"}]}).status_code == 201
    nodes = {**NODES, "transfer_ai": {"action": "transfer", "agent": "ann"}}
    put_draft(api, menu, {**PAGE_TREE, "nodes": nodes})
    assert api("DELETE", "/agents/ann").status_code == 204
    before = live(api, menu)
    refused = api("POST", f"/ivr/{menu}/draft/publish")
    assert (refused.status_code, refused.json["code"]) == (422, "draft_names_missing")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/nodes/transfer_ai/agent"]
    assert "ann was deleted" in refused.json["errors"][0]["message"]
    assert live(api, menu) == before
    # Saved again it is meant so, and as with every save a missing agent is a warning.
    put_draft(api, menu, {**PAGE_TREE, "nodes": nodes})
    assert api("POST", f"/ivr/{menu}/draft/publish").status_code == 200


def test_a_check_of_the_draft_has_its_sounds_and_what_callers_would_hear(api: Api, menu: str) -> None:
    put_draft(api, menu, GOODBYE)
    speak(api, menu)
    checked = api("POST", f"/ivr/{menu}/check?draft=true", {}).json
    assert checked["dids"] == [PAGE_DID]
    assert checked["diff"]["prompts"] == [{"audio": "not_qualified.wav", "change": "changed"}]
    assert checked["summary"] == "words for unqualified added; prompt not_qualified replaced"
    assert not [each for each in checked["warnings"] if each["pointer"].startswith("/nodes/unqualified")]
    typed = api("POST", f"/ivr/{menu}/check?draft=true&replace=true", RENAMED).json
    assert [each["pointer"] for each in typed["diff"]["menu"]] == ["/name"]
    assert api("POST", f"/ivr/{menu}/check", {}).json["summary"] == ""


def test_a_recording_goes_into_the_draft_alone(api: Api, menu: str) -> None:
    put_draft(api, menu, RENAMED)
    wav = {"Content-Type": "audio/wav"}
    answer = api("PUT", f"/ivr/{menu}/draft/audio/welcome.wav", b"sound", headers=wav)
    assert answer.status_code == 200, answer.text
    assert (answer.json["url"], answer.headers["ETag"]) == (
        f"/ivr/{menu}/draft/audio/welcome.wav",
        f'"{answer.json["revision"]}"',
    )
    assert api("GET", f"/ivr/{menu}/audio/welcome.wav").status_code == 404
    sound = heard(api, answer.json["url"])
    api("POST", f"/ivr/{menu}/draft/publish")
    assert heard(api, f"/ivr/{menu}/audio/welcome.wav") == sound


def test_all_texts_of_a_draft_are_spoken_in_the_background(api: Api, menu: str, services: Services) -> None:
    put_draft(api, menu, GOODBYE)
    before = live(api, menu)
    speech = services.get(DraftSpeech)
    services._by_class[DraftSpeech] = replace(speech, in_background=lambda work: work())
    job = api("POST", f"/ivr/{menu}/draft/speech")
    assert (job.status_code, job.headers["Location"]) == (202, f"/ivr/{menu}/draft/speech")
    assert {**live(api, menu), "draft": None} == {**before, "draft": None}
    done = api("GET", f"/ivr/{menu}/draft/speech").json
    assert (done["state"], done["spoken"], done["failed"]) == ("ended", 1, 0)
    assert api("GET", f"/ivr/{menu}/speech").json["code"] == "speech_not_found"
    assert api("GET", f"/ivr/{menu}/draft").json["sounds"] == ["not_qualified.wav"]


def test_a_restored_version_has_the_sounds_of_then_byte_for_byte(api: Api, menu: str) -> None:
    """Also those that were spoken in a draft."""
    first = live(api, menu)["version"]
    sounds = [heard(api, f"/ivr/{menu}/audio/not_qualified.wav")]
    for text in ("So long.", "See you."):
        put_draft(api, menu, GOODBYE)
        speak(api, menu, text)
        api("POST", f"/ivr/{menu}/draft/publish")
        sounds.append(heard(api, f"/ivr/{menu}/audio/not_qualified.wav"))
    assert len({*sounds}) == 3
    for place, version in ((1, first + 1), (0, first), (2, first + 2)):
        restored = api("POST", f"/ivr/{menu}/versions/{version}/restore").json
        assert heard(api, f"/ivr/{menu}/audio/not_qualified.wav") == sounds[place]
        (prompt,) = (each for each in restored["prompts"] if each["audio"] == "not_qualified.wav")
        assert prompt["text"] == ("Bye.", "So long.", "See you.")[place]


def test_each_version_is_named_by_what_changed(api: Api, menu: str) -> None:
    put_draft(api, menu, {**GOODBYE, "name": "Roofing line"})
    speak(api, menu)
    api("POST", f"/ivr/{menu}/draft/publish")
    summaries = [each["summary"] for each in api("GET", f"/ivr/{menu}/versions").json["items"]]
    assert summaries == [
        "renamed to Roofing line; words for unqualified added; prompt not_qualified replaced",
        "prompt not_qualified added",
        "menu created",
    ]


def test_lists_say_which_menus_have_a_draft(api: Api, menu: str) -> None:
    other = api.create()
    draft = put_draft(api, menu, RENAMED)
    found = {each["id"]: each["draft"] for each in api("GET", "/ivr").json["items"]}
    assert found[other] is None
    assert found[menu] == {name: draft[name] for name in ("revision", "based_on", "updated_at", "actor")}


@pytest.mark.parametrize("header", ['"1"', "W/*", ""])
def test_if_none_match_is_a_star_or_refused(api: Api, menu: str, header: str) -> None:
    assert api("PUT", f"/ivr/{menu}/draft", RENAMED, headers={"If-None-Match": header}).status_code == 422


def test_a_draft_is_refused_as_a_menu_would_be_and_one_of_no_menu_is_not_found(api: Api, menu: str) -> None:
    bad = api("PUT", f"/ivr/{menu}/draft", {"name": "x", "nodes": {"a": {"gather": {"x": "b"}}}})
    assert (bad.status_code, bad.json["code"]) == (422, "invalid_tree")
    assert api("PUT", f"/ivr/{menu}/draft?based_on=99", RENAMED).json["code"] == "version_not_found"
    assert api("PUT", "/ivr/ivr_nobody/draft", RENAMED).json["code"] == "tree_not_found"
    assert api("GET", "/ivr/ivr_nobody/draft").json["code"] == "tree_not_found"
    assert api("POST", f"/ivr/{menu}/draft/audio", {"node": "welcome", "text": "x"}).json["code"] == "draft_not_found"


def test_while_the_cache_is_away_a_draft_of_a_live_menu_is_kept_and_not_published(
    api: Api, menu: str, services: Services
) -> None:
    put_draft(api, menu, RENAMED)

    def away() -> None:
        raise StorageUnavailable("the cache does not answer")

    drafts = services.get(DraftService)
    services._by_class[DraftService] = replace(drafts, menus=replace(drafts.menus, cache=away))
    refused = api("POST", f"/ivr/{menu}/draft/publish")
    assert (refused.status_code, refused.json["code"]) == (503, "cache_unavailable")
    assert api("GET", f"/ivr/{menu}/draft").status_code == 200
    assert live(api, menu)["name"] == PAGE_TREE["name"]


@pytest.mark.parametrize(
    ("gone", "node", "place"),
    [
        (Gone("agents", "ann"), {"action": "transfer", "agent": "ann"}, "agent"),
        (Gone("hours", "week"), {"switch": "hours:week", "cases": {"open": "x"}}, "switch"),
        (Gone("services", "crm"), {"action": "request", "service": "crm"}, "service"),
        (Gone("lists", "vip"), {"action": "hangup", "set": {"list:vip": True}}, "set/list:vip"),
        (Gone("lists", "vip"), {"switch": "list:vip", "cases": {}}, "switch"),
        (Gone("channels", "mail:office"), {"action": "send", "to": "mail:office:a@example.com"}, "to"),
        (Gone("groups", "sales"), {"action": "transfer", "people": "sales"}, "people"),
    ],
)
def test_what_is_gone_is_pointed_to_wherever_the_draft_names_it(gone: Gone, node: Any, place: str) -> None:
    other = {"action": "hangup", "text": f"{gone.name} is a word here."}
    (found,) = problems_of({"nodes": {"a": node, "b": other}}, [gone])
    assert (found.pointer, gone.name in found.message) == (f"/nodes/a/{place}", True)
