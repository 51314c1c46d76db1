"""A menu that is kept as text is never an old one, whatever changed it, in whichever process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from admin.app import create_app
from admin.http.services import Services
from admin.menus.rendered import RenderedMenus
from admin.wiring import Stores, make_services
from ivr.ports.menus import MenuStore
from ivr.settings import Settings
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_PATCH, PAGE_TREE

Change = Callable[[Api, str], Any]
HELLO = {"node": "welcome", "text": "Hello.", "voice": "joe"}
AGENT = {"name": "sales", "targets": [{"uri": "sip:a@example.com"}]}

CHANGES: dict[str, Change] = {
    "patch": lambda api, menu: api("PATCH", f"/ivr/{menu}", PAGE_PATCH),
    "assign": lambda api, menu: api("POST", f"/ivr/{menu}/assign", {"did": "+14155550111"}),
    "unassign": lambda api, menu: api("DELETE", f"/ivr/{menu}/assign/{PAGE_DID}"),
    "speak": lambda api, menu: api("POST", f"/ivr/{menu}/audio", {**HELLO, "node": "has_license"}),
    "another voice, the same file": lambda api, menu: api("POST", f"/ivr/{menu}/audio", {**HELLO, "voice": "rachel"}),
    "upload": lambda api, menu: api(
        "PUT", f"/ivr/{menu}/audio/welcome.wav", b"x" * 99, headers={"Content-Type": "audio/wav"}
    ),
    "an agent it names": lambda api, menu: api("POST", "/agents", AGENT),
}


@pytest.fixture
def elsewhere(settings: Settings, stores: Stores, silent_speech: SilentSpeech, api_key: str) -> Api:
    """Another process of the admin app."""
    return Api(create_app(services=make_services(settings, stores, speaker=silent_speech)).test_client(), api_key)


@pytest.fixture
def menu(api: Api) -> str:
    """A live menu with a prompt and an agent that does not exist."""
    agent = {"action": "transfer", "agent": "sales"}
    made = api.create({**PAGE_TREE, "nodes": {**PAGE_TREE["nodes"], "transfer_ai": agent}})
    api("POST", f"/ivr/{made}/audio", HELLO)
    api("POST", f"/ivr/{made}/assign", {"did": PAGE_DID})
    return made


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_made_elsewhere_is_in_the_next_answer(api: Api, elsewhere: Api, menu: str, change: Change) -> None:
    before = [api("GET", f"/ivr/{menu}").json for _ in range(2)][-1]
    assert change(elsewhere, menu).status_code in (200, 201)
    shown = api("GET", f"/ivr/{menu}")
    assert shown.json != before
    assert shown.json == elsewhere("GET", f"/ivr/{menu}").json
    assert shown.headers["ETag"] == f'"{shown.json["version"]}"'


def test_a_prompt_whose_file_goes_and_comes_is_seen_at_once(api: Api, menu: str, settings: Settings) -> None:
    def state() -> str:
        return str(next(each["state"] for each in api("GET", f"/ivr/{menu}").json["prompts"] if each["text"]))

    assert state() == "ready"
    (file,) = Path(settings.prompts).glob("*.wav")
    content = file.read_bytes()
    file.unlink()
    assert state() == "lost"
    file.write_bytes(content)
    assert state() == "ready"


def test_a_menu_that_is_deleted_elsewhere_is_gone(api: Api, elsewhere: Api, menu: str) -> None:
    assert api("GET", f"/ivr/{menu}").status_code == 200
    assert elsewhere("DELETE", f"/ivr/{menu}?force=true").status_code == 204
    assert api("GET", f"/ivr/{menu}").status_code == 404


def test_what_is_read_is_the_state_of_what_is_stored(api: Api, menu: str, stores: Stores) -> None:
    api("PUT", f"/ivr/{menu}/audio/Zebra.wav", b"x" * 99, headers={"Content-Type": "audio/wav"})
    api("PUT", f"/ivr/{menu}/audio/_.wav", b"x" * 99, headers={"Content-Type": "audio/wav"})
    assert stores.postgres.menus.state(menu) == stores.postgres.menus.get(menu).state


def test_no_more_is_kept_than_may_be(api: Api, services: Services) -> None:
    menus = [api.create({**PAGE_TREE, "name": f"menu {n}"}) for n in range(4)]
    stored = [services.get(MenuStore).get(each) for each in menus]
    text = RenderedMenus().menu(stored[0], ())
    assert json.loads(text)["name"] == "menu 0"
    few = RenderedMenus(max_bytes=2 * len(text))
    for each in [*stored, stored[3]]:
        few.menu(each, ())
    assert [few.find(each.state, lambda _: True) is not None for each in stored] == [False, False, True, True]
