"""A menu with `answer: false`: the call rings until the first sound or question, and may be refused before."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent.event import Event

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.call.effects import EFFECTS
from esl_server.call.effects.message import play_message
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.reports.funnel import funnel_of
from ivr.domain.reports.usage import Rates, usage_of
from ivr.storage.postgres.calls import call_from_json
from tests.calls.test_messages import DIALECTS, HELLO, HELLO_MS, WELCOME, cut_all, path, record
from tests.rig import DID, Rig, write_wav

GATE = {
    "who": {"switch": "caller", "case": {"+1900*": "no", "anonymous": "busy", "+1480*": "ask"}, "default": "note"},
    "note": {"set": {"from": "{caller}"}, "next": "far"},
    "far": {"switch": "caller", "case": {"+1312*": "out", "+1313*": "bye", "+1314*": "gone", "+1315*": "agent"},
            "default": "hello"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "no", "2": "bye"}, "max_attempts": 1},
    "hello": {"audio": "hello.wav", "next": "ask"},
    "no": {"action": "reject"},
    "busy": {"action": "reject", "reason": "busy"},
    "out": {"action": "suppress"},
    "bye": {"action": "hangup"},
    "gone": {"switch": "caller", "case": {"none": "bye"}, "default": "nowhere"},
    "agent": {"action": "transfer"},
}  # fmt: skip


def publish(rig: Rig, nodes: dict[str, Any], *, answer: bool = False) -> None:
    seed = rig.menus.menus["ivr_seed01:3"]
    prompts = {**seed.prompts, "hello.wav": PromptFile(f"{HELLO}.wav", HELLO_MS)}
    write_wav(rig.prompts_dir / f"{HELLO}.wav", HELLO_MS)
    menu = parse_menu({"name": "Gate", "answer": answer, "nodes": nodes})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, prompts), DID)


def call(rig: Rig, ani: str, keys: str = "", speed: float = 40, **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=speed, agents=AgentBook(default=ScriptedAgent.busy()))
    script = CallScript.parse(keys) if keys else CallScript()
    result = switch.call(CallSetup(did=DID, ani=ani, script=script, **setup), timeout_s=60)
    rig.drained()
    assert result.violations == []
    return result


@DIALECTS
@pytest.mark.parametrize(
    ("nodes", "ani", "status", "cause"),
    [
        (GATE, "+19005550100", 603, "CALL_REJECTED"),
        (GATE, "anonymous", 486, "USER_BUSY"),
        ({"no": {"action": "reject", "reason": "unavailable"}}, "+19005550100", 480, "NO_USER_RESPONSE"),
        ({"no": {"action": "reject", "reason": "not_found"}}, "+19005550100", 404, "UNALLOCATED_NUMBER"),
    ],
)
def test_a_call_is_refused_before_it_is_answered(
    rig: Rig, nodes: dict[str, Any], ani: str, status: int, cause: str, variables: dict[str, str]
) -> None:
    publish(rig, nodes)
    result = call(rig, ani, extra_variables=variables)
    assert (result.sip_status, result.answered_ms, result.gathers, result.prompts) == (status, None, 0, [])
    ended = record(rig)
    assert (ended["outcome"], ended["hung_up_by"], ended["hangup_cause"]) == ("rejected", "us", cause)
    assert path(rig)[-1][1] == "action"
    assert [step["at_ms"] for step in ended["path"]] == [0] * len(ended["path"])


def test_a_refused_call_is_on_its_way_through_the_menu_and_costs_nothing(rig: Rig) -> None:
    publish(rig, GATE)
    call(rig, "+19005550100")
    ended = call_from_json(record(rig))
    assert funnel_of(ended)["no"].outcomes_after() == [("rejected", 1)]
    assert usage_of(ended, Rates()) is None


@DIALECTS
@pytest.mark.parametrize(
    ("ani", "heard"),
    [
        ("+14805551234", [WELCOME]),  # a question
        ("+16025551234", [HELLO, WELCOME]),  # a message with a prompt
        ("+13125551234", ["opted_out"]),
        ("+13135551234", []),  # an end
        ("+13145551234", ["goodbye"]),
        ("+13155551234", ["apology"]),  # a transfer
    ],
)
def test_the_first_sound_or_question_answers(
    rig: Rig, ani: str, heard: list[str], variables: dict[str, str]
) -> None:
    publish(rig, GATE)
    stays = {"continue_on_fail": "true"}  # as in our dialplan
    result = call(rig, ani, "h" if WELCOME in heard else "", extra_variables={**variables, **stays})
    assert result.answered_ms is not None
    assert result.prompt_names == heard
    assert record(rig)["outcome"] != "rejected"


def test_what_comes_before_the_answer_takes_no_time_of_the_menu(rig: Rig) -> None:
    publish(rig, GATE)
    call(rig, "+16025551234", "2", speed=1)
    at_ms = {step["node"]: step["at_ms"] for step in record(rig)["path"]}
    assert at_ms["who"] == at_ms["note"] == at_ms["far"] == 0
    assert at_ms["hello"] >= 400, "the silence after the answer"


@pytest.mark.parametrize(("answer", "ani"), [(False, "+14805551234"), (True, "+14805551234")])
def test_a_call_that_is_answered_is_hung_up_instead(rig: Rig, answer: bool, ani: str) -> None:
    publish(rig, GATE, answer=answer)
    result = call(rig, ani, "1")
    assert (result.sip_status, result.ended_by) == (200, "switch")
    assert (record(rig)["outcome"], path(rig)[-1]) == ("hung_up", ("no", "action", None))


def test_menus_are_answered_at_once_unless_they_say_otherwise(rig: Rig) -> None:
    publish(rig, GATE, answer=True)
    assert call(rig, "+19005550100").answered_ms is not None
    assert record(rig)["outcome"] == "hung_up"


class Slow:
    """A message that takes as long as the test wants, before it plays anything: as a request to another system."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting, self.go_on, self.waits = Event(), Event(), 0
        monkeypatch.setitem(EFFECTS, MessageNode, self)  # type: ignore[misc]

    def __call__(self, call: Any, menu: Any, position: Any, act: Any) -> Any:
        self.waits += 1
        call.ring()
        call.announce_at(position)
        self.waiting.set()
        assert self.go_on.wait(30)
        return play_message(call, menu, position, act)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    return Slow(monkeypatch)


WAITS = {
    "slow": {"set": {"x": 1}, "next": "far"},
    "far": {"switch": "caller", "case": {"+1900*": "no"}, "default": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "bye"}},
    "bye": {"action": "hangup"},
    "no": {"action": "reject"},
}


@DIALECTS
@pytest.mark.parametrize(("ani", "status"), [("+19005550100", 603), ("+14805551234", 200)])
def test_a_caller_hears_ringing_meanwhile_also_from_the_next_worker(
    rig: Rig, slow: Slow, ani: str, status: int, variables: dict[str, str]
) -> None:
    publish(rig, WAITS)
    notes: list[str] = []

    def lose() -> None:
        slow.waiting.wait(30)
        assert notes == ["ring"]
        cut_all(rig)
        slow.go_on.set()

    def see(note: ChannelNote) -> None:
        if note.kind in ("ring", "answer"):
            notes.append(note.kind)

    losing = gevent.spawn(lose)
    result = call(rig, ani, "1", extra_variables=variables, on_note=see)
    losing.get(timeout=30)
    assert (result.sip_status, result.connections, slow.waits) == (status, 2, 2)
    assert notes == ["ring", "ring"] + ["answer"] * (status == 200)
    ended = record(rig)
    assert (ended["outcome"], ended["take_overs"]) == ("rejected" if status == 603 else "hung_up", 1)


@DIALECTS
@pytest.mark.parametrize("ani", ["+19005550100", "+14805551234"])
def test_a_call_that_is_cancelled_meanwhile_was_its_callers_end_and_comes_to_no_node(
    rig: Rig, slow: Slow, ani: str, variables: dict[str, str]
) -> None:
    publish(rig, WAITS)
    live = DevSwitch(rig.targets, speed=40).start(CallSetup(did=DID, ani=ani, extra_variables=variables))
    assert slow.waiting.wait(30)
    live.hang_up()
    live.wait(30)
    slow.go_on.set()
    rig.drained()
    ended = record(rig)
    assert (ended["outcome"], ended["hung_up_by"]) == ("caller_hung_up", "caller")
    assert (ended["hangup_cause"], ended["path"]) == ("ORIGINATOR_CANCEL", [])
