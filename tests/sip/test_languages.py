"""A menu of two languages over SIP, the whole product behind: asked once, opted out in Spanish with its proof, and
not asked again; the agent is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import split_host_port
from sipp_scenarios.target import Target
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import SWITCHES, whole_product
from tests.sip.test_signalling import Caller
from tests.sip.test_verstat import agent

DID, SPANISH_DID = "+14155550281", "+14155550282"
CALLER, OTHER = "+14805550281", "+14805550282"
WORDS = {
    "ask": {"en": "For sales, press 1. To be removed from our list, press 9.",
            "es": "Para ventas, oprima 1. Para que no le llamemos más, oprima 9."},
    "out": {"en": "You are removed. Goodbye.", "es": "Ya no le llamaremos. Adiós."},
}  # fmt: skip
NODES: dict[str, Any] = {
    "language": {"action": "ask_language", "next": "ask", "remember": True},
    "ask": {"text": WORDS["ask"], "gather": {"1": "sales", "9": "out"}},
    "sales": {"action": "transfer", "agent": "languages"},
    "out": {"action": "suppress", "text": WORDS["out"]},
}


@pytest.fixture(scope="module", params=SWITCHES)
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with whole_product(tmp_path_factory.mktemp("languages"), switch=request.param) as running:
        yield running


@pytest.fixture(scope="module")
def agent_at(target: Target) -> str:
    """Where the agent of the menu is rung; the menu has its numbers."""
    address = free_address()
    http = target.http
    http.post("/agents", json={"name": "languages", "targets": [{"uri": f"sip:agent@{address}"}]}).raise_for_status()
    body = {"name": "Two languages", "languages": ["en", "es"], "nodes": NODES}
    menu = http.post("/ivr", json=body).raise_for_status().json()
    for node, texts in WORDS.items():
        for language in texts:
            said = {"node": node, "at": f"audio/{language}"}
            http.post(f"/ivr/{menu['id']}/audio", json=said, timeout=60).raise_for_status()
    http.post(f"/ivr/{menu['id']}/assign", json={"did": DID}).raise_for_status()
    http.post(f"/ivr/{menu['id']}/assign", json={"did": SPANISH_DID, "language": "es"}).raise_for_status()
    return address


def called(target: Target, did: str, number: str, *keys: str) -> dict[str, Any]:
    """The record of a call that presses each key once its prompt is heard."""
    known = {each["id"] for each in target.http.get("/calls", params={"ani": number}).json()["items"]}
    found: list[dict[str, Any]] = []

    def has_ended() -> bool:
        items = target.http.get("/calls", params={"ani": number}).json()["items"]
        found[:] = [each for each in items if each["id"] not in known and each["ended_at"]]
        return bool(found)

    with Caller(split_host_port(target.sip), number=number) as phone:
        assert phone.dial(did) == 200
        for key in keys:
            heard = phone.loud_frames
            wait_until(lambda: phone.loud_frames > heard + 10, 40, "the prompt is heard")  # noqa: B023 (waited for at once)
            phone.send_event(key)
        assert phone.far_side_hung_up.wait(60)
    wait_until(has_ended, 30, "the call record is there")
    return found[0]


def test_a_caller_chooses_spanish_and_opts_out_in_it_and_the_proof_has_the_words_heard(
    target: Target, agent_at: str
) -> None:
    record = called(target, DID, CALLER, "2", "9")
    assert [(step["node"], step["result"], step["key"]) for step in record["path"]] == [
        ("language", "key", "2"), ("ask", "key", "9"), ("out", "action", None)
    ]  # fmt: skip
    assert (record["language"], record["outcome"]) == ("es", "opted_out")
    assert record["path"][0]["prompt"] == "languages/en-1.wav+languages/es-2.wav"
    wait_until(lambda: target.is_suppressed(CALLER), 20, "the number is on the do-not-call list")
    (event,) = target.http.get(f"/dnc/{CALLER}/proof").raise_for_status().json()["events"]
    assert (event["language"], event["heard"]["text"]) == ("es", WORDS["ask"]["es"])
    assert record["path"][1]["prompt"] == f"{event['heard']['hash']}.wav"
    content = json.loads(event["content"])
    assert (content["format"], content["language"], content["prompt_text"]) == (3, "es", WORDS["ask"]["es"])
    assert hashlib.sha256(event["content"].encode()).hexdigest() == event["hash"]
    page = target.http.get(f"/dnc/{CALLER}/proof", headers={"Accept": "text/html"}).text
    assert f'lang="es">{WORDS["ask"]["es"]}' in page


@pytest.mark.parametrize(
    ("did", "number", "chooses", "told_by"),
    [(DID, OTHER, True, "earlier"), (SPANISH_DID, "+14805550283", False, "number")],
)
def test_who_is_known_to_speak_spanish_is_not_asked_and_the_agent_is_told(
    target: Target, agent_at: str, tmp_path: Path, did: str, number: str, chooses: bool, told_by: str
) -> None:
    if chooses:
        assert called(target, did, number, "2", "9")["language"] == "es"
    with agent("busy", agent_at, 1, tmp_path):
        record = called(target, did, number, "1")
    first, second = record["path"][:2]
    assert (first["node"], first["result"], first["key"], first["value"]) == ("language", "known", "es", told_by)
    assert (second["node"], second["key"], record["language"]) == ("ask", "1", "es")
    assert "X-IVR-Lang: es" in (tmp_path / "agent.messages").read_text()
    spanish = target.http.get("/calls", params={"language": "es", "ani": number}).json()["items"]
    assert record["id"] in {each["id"] for each in spanish}
