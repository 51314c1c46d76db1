"""Every command of the pages, run as a reader runs it; `not_run.py` names those that cannot be, and why."""

from __future__ import annotations

import json
import math
import struct
import wave
from collections.abc import Iterator

import httpx
import pytest

from tests.docs.code_blocks import PAGES, blocks_of
from tests.docs.not_run import find_reason
from tests.docs.page_runs import Reader, make_reader
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
    key = {"Authorization": f"Bearer {reader.key}"}
    with httpx.Client(base_url=reader.running.base_url, headers=key, timeout=60, trust_env=False) as api:
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
