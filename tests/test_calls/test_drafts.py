"""Calls to drafts, and calls to a menu while its draft is published: on the real call server."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from admin.http.services import Services
from ivr.clients.phone import Order, PhoneClient
from tests.admin.conftest import Api
from tests.helpers import wait_until
from tests.test_calls.conftest import CALLER, DID, MENU, events_of

NODES = MENU["nodes"]


def saying(words: str) -> dict[str, Any]:
    """The menu with these words at its first two nodes."""
    said = {name: {**NODES[name], "audio": f"{name}.wav", "text": f"{words} {name}."} for name in ("welcome", "area")}
    return {**MENU, "nodes": {**NODES, **said}}


def file_of(text: str) -> str:
    """The file in which the stand-in for a voice says it."""
    return hashlib.sha256(text.encode()).hexdigest()[:32] + ".wav"


@pytest.fixture
def live(api: Api) -> str:
    """A live menu that says "Old ..."."""
    ivr_id = api.create(saying("Old"))
    for node in ("welcome", "area"):
        assert api("POST", f"/ivr/{ivr_id}/audio", {"node": node}).status_code == 201
    assert api("POST", f"/ivr/{ivr_id}/assign", {"did": DID}).status_code == 200
    return ivr_id


@pytest.fixture
def draft(api: Api, live: str) -> str:
    """The same menu, whose draft says "New ..."."""
    assert api("PUT", f"/ivr/{live}/draft", saying("New")).status_code == 200
    for node in ("welcome", "area"):
        assert api("POST", f"/ivr/{live}/draft/audio", {"node": node}).status_code == 201
    return live


def first_heard(phone: PhoneClient) -> str:
    """The first file that somebody hears who dials the menu's number."""
    events = phone.run(Order(DID, CALLER, script="h", fast=True))
    return next(str(each["file"]) for each in events if each.get("file"))


def test_callers_hear_the_old_words_until_the_draft_is_published(api: Api, draft: str, services: Services) -> None:
    phone = services.get(PhoneClient)
    assert first_heard(phone) == file_of("Old welcome.")
    under_way = phone.dial(Order(DID, CALLER))
    events = phone.events(under_way, 0)
    heard = (str(each["file"]) for each in events if each is not None and each["kind"] == "playing")
    assert next(heard) == file_of("Old welcome.")

    assert api("POST", f"/ivr/{draft}/draft/publish").status_code == 200
    assert first_heard(phone) == file_of("New welcome.")

    # The call under way goes on in the version that it began with.
    phone.press(under_way, "1")
    assert next(heard) == file_of("Old area.")
    phone.hang_up(under_way)


def test_a_test_call_to_a_saved_draft_plays_its_sounds_and_leaves_the_menu_alone(api: Api, draft: str) -> None:
    made = api("POST", "/test-calls", {"ivr_id": draft, "draft": True, "script": "9", "ani": "+14805550017"})
    assert (made.status_code, made.json["draft"], made.json["version"]) == (201, True, None)
    assert made.json["unspoken"] == []
    files = [each["file"] for each in events_of(api, made.json["id"]) if each.get("file")]
    assert file_of("New welcome.") in files
    wait_until(lambda: api("GET", f"/test-calls/{made.json['id']}").json["record"], 20, "the record is there")
    assert api("GET", "/dnc/+14805550017").status_code == 404
    assert api("GET", f"/ivr/{draft}").json["draft"]["revision"] == 3


def test_tests_of_a_menu_run_on_its_draft_and_can_be_required_to_publish_it(api: Api, draft: str) -> None:
    test = {"name": "reaches", "script": "1,1", "expected": {"outcome": "transferred", "node": "agent"}}
    assert api("POST", f"/ivr/{draft}/tests", test).status_code == 201
    assert api("POST", f"/ivr/{draft}/tests/run", {"draft": True}).json["failed"] == 0
    broken = saying("New")
    broken["nodes"]["area"] = {"action": "hangup"}
    assert api("PUT", f"/ivr/{draft}/draft", broken).status_code == 200
    run = api("POST", f"/ivr/{draft}/tests/run", {"draft": True}).json
    assert (run["version"], run["failed"]) == (None, 1)
    version = api("GET", f"/ivr/{draft}").json["version"]
    refused = api("POST", f"/ivr/{draft}/draft/publish?require_tests=true")
    assert (refused.status_code, refused.json["code"]) == (409, "tests_failed")
    assert api("GET", f"/ivr/{draft}").json["version"] == version


@pytest.mark.parametrize("body", [{"draft": True}, {"ivr_id": "ivr_abcdef", "draft": False}])
def test_a_saved_draft_is_called_by_its_menu_and_true(api: Api, body: dict[str, Any]) -> None:
    assert api("POST", "/test-calls", body).status_code == 422
    assert api("POST", "/test-calls", {"ivr_id": "ivr_abcdef", "draft": True}).json["code"] == "tree_not_found"
