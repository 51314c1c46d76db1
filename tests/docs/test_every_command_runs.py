"""Every command of the pages, run as a reader runs it; `not_run.py` names those that cannot be, and why."""

from __future__ import annotations

import json
import math
import re
import struct
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.docs.code_blocks import PAGES, ROOT, blocks_of
from tests.docs.crm_servers import Crm, catching, serving
from tests.docs.not_run import find_reason
from tests.docs.page_runs import Reader, make_reader
from tests.docs.test_recipes import ANN, NOBODY, SERVICE_SECRET, bridge_to
from tests.helpers import wait_until
from tests.launcher.running import API_KEY, RunningDigitree, environment

MENU = {
    "welcome": {"audio": "welcome.wav", "text": "Press 1 for a plumber.", "gather": {"1": "agent", "9": "dnc"}},
    "agent": {"action": "transfer"},
    "dnc": {"action": "suppress"},
}
CHANNELS = (
    ("sms", "twilio", {"account": "AC" + "0" * 32, "token": "0" * 32, "from": "+14155550100"}),
    ("team", "slack", {"url": "https://hooks.slack.com/services/T0/B0/x"}),
)
FREESWITCH_MENU = """<configuration name="ivr.conf"><menus><menu name="main" greet-long="say:Press 1" timeout="5000">
  <entry action="menu-exec-app" digits="1" param="transfer 1000 XML default"/></menu></menus></configuration>
"""
FILES = {
    "password.txt": "of-the-account\n",
    "flow.json": json.dumps(
        {
            "description": "hello",
            "initial_state": "Trigger",
            "flags": {},
            "states": [
                {"name": "Trigger", "type": "trigger", "properties": {},
                 "transitions": [{"event": "incomingCall", "next": "hello"}]},
                {"name": "hello", "type": "say-play", "transitions": [{"event": "audioComplete"}],
                 "properties": {"say": "Hello.", "loop": 1}},
            ],
        }
    ),
    "ivr.conf.xml": FREESWITCH_MENU,
    "menu.xml": "<Response><Say>Hello.</Say><Hangup/></Response>",
}  # fmt: skip
LANGUAGES = ("http", "sh", "python", "typescript")
# Alerts go to a channel that the page about channels makes.
FIRST = ("README.md", "docs/channels.md")
RUNS = [
    (page, language)
    for page in dict.fromkeys((*FIRST, *PAGES))
    for language in LANGUAGES
    if any(each.language == language and find_reason(each) is None for each in blocks_of(page))
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("pages")
    settings = {"DIGITREE_API_KEY": API_KEY, "DIGITREE_ESL_PROCESSES": "1", "DIGITREE_OUTBOUND_PRIVATE": "true"}
    env = environment(folder / "home", **settings)
    running = RunningDigitree(env)
    try:
        running.wait_ready(240)
        made = make_reader(running, folder / "reader")
        prepare(made)
        yield made
    finally:
        running.stop()


def prepare(reader: Reader) -> None:
    """What the pages take to be there: files, channels, a number that opted out, a menu (`$IVR`, `$ID`)."""
    with reader.api() as api:
        menu = api.post("/ivr", json={"name": "Plumber qualifier", "nodes": MENU}).raise_for_status().json()
        for name, preset, settings in CHANNELS:
            body = {"name": name, "preset": preset, "settings": settings}
            api.post("/channels", json=body).raise_for_status()
        api.post("/dnc", json={"number": "+14805550123"}).raise_for_status()
    reader.given.update(IVR=menu["id"], ID=menu["id"])
    for name, text in FILES.items():
        (reader.folder / name).write_text(text, encoding="utf-8")
    with wave.open(str(reader.folder / "welcome.m4a"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(struct.pack("<8000h", *(int(9000 * math.sin(each / 3)) for each in range(8000))))


@pytest.mark.parametrize(("page", "language"), RUNS)
def test_the_commands_of_a_page_do_what_they_are_there_for(reader: Reader, page: str, language: str) -> None:
    reader.run(page, language)


def test_a_menu_greets_whom_the_crm_knows_through_the_bridge_and_adds_the_others(reader: Reader) -> None:
    """The recipe's menu and services as they stand on its page, with HubSpot's part played by a server of our own."""
    crm = Crm(contacts={ANN: ("Ann", "Hill")})
    with serving(crm), bridge_to(crm) as bridge, reader.api() as api:
        for name in ("find", "create"):
            api.delete(f"/services/contact_{name}", params={"force": "true"})
            service = {"name": f"contact_{name}", "url": f"{bridge}/hubspot/{name}", "secret": SERVICE_SECRET}
            api.post("/services", json={**service, "allow_private": True}).raise_for_status()
        (written,) = [each.text for each in blocks_of("docs/recipes.md") if "Knows its customers" in each.text]
        menu = api.post("/ivr", json=json.loads(written.partition("\n")[2])).raise_for_status().json()
        api.post(f"/ivr/{menu['id']}/assign", json={"did": "+14155550190"}).raise_for_status()
        for caller, heard in ((ANN, "hello_again"), (NOBODY, "hello")):
            done = reader.running.digitree("call", "+14155550190", "--from", caller, "--press", "9")
            assert done.returncode == 0, done.stderr
            record = wait_until(lambda who=caller: newest_of(api, who), 60, "the call has a record")  # type: ignore[misc]
            assert heard in [step["node"] for step in record["path"]], record["path"]
        wait_until(lambda: crm.find(NOBODY), 60, "the notice has made a contact")


def test_zapiers_catch_hook_is_sent_fields_that_it_can_name(reader: Reader) -> None:
    """By a notice what the menu names, flat; by a webhook the record, with the fields that the page names."""
    caught: list[Any] = []
    with catching(caught) as hook, reader.api() as api:
        api.delete("/services/zapier", params={"force": "true"})
        api.post("/services", json={"name": "zapier", "url": hook, "allow_private": True}).raise_for_status()
        api.post("/webhooks", json={"url": hook, "events": ["call.ended"]}).raise_for_status()
        (written,) = [each.text for each in blocks_of("docs/recipes.md") if "Tells Zapier" in each.text]
        menu = api.post("/ivr", json=json.loads(written.partition("\n")[2])).raise_for_status().json()
        api.post(f"/ivr/{menu['id']}/assign", json={"did": "+14155550191"}).raise_for_status()
        done = reader.running.digitree("call", "+14155550191", "--from", ANN, "--press", "1")
        assert done.returncode == 0, done.stderr
        wait_until(lambda: len(caught) >= 2, 60, "both are sent")
    notice, record = sorted(caught, key=lambda each: "type" in each)
    assert {name: notice[name] for name in ("phone", "wants", "called", "service")} == {
        "phone": ANN, "wants": "a quote", "called": "+14155550191", "service": "zapier",
    }  # fmt: skip
    named = {f"data__{name}" for name in record["data"]} | set(record)
    page = (ROOT / "docs/recipes.md").read_text()
    assert named >= set(re.findall(r"`(data__\w+)`", page))
    assert record["data"]["did"] == "+14155550191"


def newest_of(api: httpx.Client, caller: str) -> Any:
    """None: it has none from this number yet."""
    found = api.get("/calls", params={"ani": caller, "did": "+14155550190", "limit": "1"}).raise_for_status().json()
    return found["items"][0] if found["items"] else None
