"""The development switch against a real FreeSWITCH: the same calls, the same replies, in the same times.

What FreeSWITCH did is kept in measured.json (made by `python -m tests.devswitch.measure`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gevent
import pytest

from devswitch.caller import CallScript, ScriptedAgent
from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.devswitch.measure import KEY_MS, MEASURED
from tests.devswitch.scenario_server import Conversation, ScenarioServer
from tests.devswitch.scenarios import SCENARIOS, Scenario, make_prompts

AGENTS_AT = "127.0.0.1:5080"
SPEED = 10.0
# What a key or a hang-up needs from the caller's order to FreeSWITCH's ear.
KEY_ARRIVES_MS = KEY_MS + 5
HANGUP_ARRIVES_MS = 20
AGENTS = {
    "agent": ScriptedAgent.answering(ring_ms=15, talk_ms=2000),
    "agent_stays": ScriptedAgent.answering(ring_ms=15, talk_ms=None),
    "busy": ScriptedAgent.busy(ring_ms=15),
    "decline": ScriptedAgent.declining(ring_ms=15),
    "not_found": ScriptedAgent("UNALLOCATED_NUMBER", ring_ms=15),
    "ring": ScriptedAgent.ringing(),
    "mute": ScriptedAgent.mute(),
    "x@127.0.0.1:1": ScriptedAgent.unreachable(),
}


@dataclass(frozen=True)
class Outcome:
    talk: Conversation
    result: CallResult


def setup_of(scenario: Scenario, did: str) -> CallSetup:
    return CallSetup(
        did=did,
        name="Joe",
        script=CallScript(
            presses=tuple((at_ms + KEY_ARRIVES_MS, key) for at_ms, key in scenario.keys),
            hang_up_ms=None if scenario.hang_up_ms is None else scenario.hang_up_ms + HANGUP_ARRIVES_MS,
        ),
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    folder: Path = tmp_path_factory.mktemp("prompts")
    make_prompts(folder)
    server = ScenarioServer()
    talks, calls = [], []
    for at, scenario in enumerate(SCENARIOS):
        speed = 1.0 if scenario.in_real_time else SPEED
        waits = any(isinstance(write, int) for write in scenario.writes)
        switch = DevSwitch(
            f"127.0.0.1:{server.port}", speed=speed, agents=AGENTS, counts_idle=waits, strict=False
        )
        did = f"+1415555{1000 + at}"
        talk = Conversation(scenario, {"$P": str(folder), "$A": AGENTS_AT}, speed)
        server.conversations[did] = talk
        talks.append(talk)
        calls.append(switch.start(setup_of(scenario, did)))
        gevent.sleep(0.02)
    yield {
        talk.scenario.name: Outcome(talk, call.wait(timeout_s=60))
        for talk, call in zip(talks, calls, strict=True)
        if talk.over.wait(60)
    }
    server.stop()


MEASUREMENTS: dict[str, list[tuple[str, float]]] = json.loads(MEASURED.read_text())["scenarios"]


def test_every_scenario_was_measured() -> None:
    assert [scenario.name for scenario in SCENARIOS] == list(MEASUREMENTS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_development_switch_does_what_freeswitch_did(scenario: Scenario, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[scenario.name]
    measured = MEASUREMENTS[scenario.name]
    assert [happened.what for happened in outcome.talk.happened] == [what for what, _ in measured]
    # Times by the call's own clock, which runs faster than the server's here.
    replies_ms = [
        took_ms for what, took_ms in measured if not what.startswith(("notice", "connected", "closed"))
    ]
    commands = [command for command in outcome.result.commands if command.line != "connect"]
    if len(commands) == len(replies_ms):
        took_ms = [command.answered_ms - command.received_ms for command in commands]
        assert took_ms == pytest.approx(replies_ms, abs=scenario.within_ms)
    else:
        # The server left in the middle: the second connection comes when the running applications are through.
        assert scenario.second
        (again_ms,) = [took_ms for what, took_ms in measured if what == "connected"][1:]
        came_ms = [command.received_ms for command in outcome.result.commands if command.line == "connect"][1]
        # A process that waits for its turn sees it late, ten times as late by the call's clock; early it never is.
        assert again_ms - scenario.within_ms <= came_ms
