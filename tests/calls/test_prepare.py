"""The prepare URL of an agent: asked before it is dialled, believed within limits, and never in the way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import SHUT_RDWR

import gevent
import pytest
from gevent.event import Event

from devswitch.caller import AgentBook, CallScript
from devswitch.caller import ScriptedAgent as FarEnd
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.agents import prepare
from esl_server.agents.health import FAILURES_IN_A_ROW
from esl_server.agents.prepare import PREPARE_S, read_reply
from ivr.clients.outbound_http import OutboundError, Reply
from ivr.domain.agents import Agent, Target
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.signing import is_signed
from ivr.domain.tickets import Ticket
from tests.rig import DID, SEALER, Rig, running_server

TICKET = "test-" + "0" * 32
SECRET = "whsec_" + "c2VjcmV0" * 5
SALES = Agent(
    "sales",
    (Target("sip:first@127.0.0.1:5091"), Target("sip:second@127.0.0.1:5092")),
    prepare_url="https://agents.example.com/prepare",
    prepare_sealed=SEALER.seal(SECRET),
)
_TREE = {
    "name": "T",
    "nodes": {
        "start": {"audio": "welcome.wav", "gather": {"1": "go"}},
        "go": {"action": "transfer", "agent": "sales"},
    },
}
_Answer = Callable[[str, bytes, dict[str, str]], Reply]


class Far:
    """The far side of the prepare URL."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers: _Answer = lambda *_: Reply(204, b"")

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        self.asked.append((url, body, headers))
        return self.answers(url, body, headers)

    def says(self, **answer: object) -> None:
        self.answers = lambda *_: Reply(200, json.dumps(answer).encode())


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def rig(tmp_path: Path, far: Far) -> Iterator[Rig]:
    with running_server(tmp_path, post=far) as rig:
        seed = rig.menus.menus["ivr_seed01:3"]
        rig.menus.publish(PublishedMenu("ivr_seed01", 4, parse_menu(_TREE), seed.prompts, {"sales": SALES}), DID)
        yield rig


def call(rig: Rig, agents: AgentBook | None = None, keys: str = "1", dial: str = DID, **setup) -> CallResult:
    switch = DevSwitch(rig.targets, speed=40, agents=agents)
    result = switch.call(CallSetup(did=dial, script=CallScript.parse(keys), **setup), timeout_s=30)
    rig.drained()
    assert result.violations == []
    return result


def tries(rig: Rig) -> list[tuple[str, str, str]]:
    return [(each["uri"], each["result"], each["prepare"]) for each in rig.records.of("call_ended")[-1]["agent"]]


def test_it_is_told_of_the_call_signed(rig, far):
    call(rig)
    ((url, body, headers),) = far.asked
    assert url == SALES.prepare_url
    assert is_signed(SECRET, headers, body, time.time())
    told = json.loads(body)
    call_id = rig.records.of("call_ended")[-1]["call_id"]
    assert told == {
        "call_id": call_id, "did": DID, "ani": "+14805551234", "ivr": "ivr_seed01", "version": 4, "node": "go",
        "outcome": None, "agent": "sales", "path": [{"node": "start", "key": "1"}],
    }  # fmt: skip
    assert tries(rig) == [(SALES.targets[0].uri, "answered", "ok")]


def test_its_address_is_dialled_first_and_its_headers_go_along(rig, far):
    far.says(uri="sip:room-7@127.0.0.1:5099;transport=tcp", headers={"X-Room": "a b, ${uuid}"})
    result = call(rig)
    assert result.agent.target == "room-7@127.0.0.1:5099"
    assert result.agent.headers["X-Room"] == "a%20b%2C%20%24%7Buuid%7D"
    assert result.agent.headers["X-IVR-Path"] == "start%3D1"


def test_when_its_address_fails_the_fixed_ones_follow(rig, far):
    far.says(uri="sip:room@127.0.0.1:5099")
    call(rig, AgentBook({"room": FarEnd.busy()}))
    assert tries(rig) == [("sip:room@127.0.0.1:5099", "busy", "ok"), (SALES.targets[0].uri, "answered", "ok")]


def test_an_address_that_the_agent_has_is_only_put_first(rig, far):
    far.says(uri=SALES.targets[1].uri)
    call(rig, AgentBook(default=FarEnd.busy()))
    assert [uri for uri, *_ in tries(rig)] == [SALES.targets[1].uri, SALES.targets[0].uri]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(500, b""), "http_500"),
        (Reply(302, b""), "http_302"),
        (Reply(200, b"no json"), "bad_answer"),
        (Reply(200, b"[" * 50_000), "bad_answer"),
        (Reply(200, b'{"uri": "sip:a@b, ${system(x)}"}'), "bad_uri"),
        (Reply(200, b'{"uri": 7}'), "bad_uri"),
        (Reply(200, b'{"uri": "sip:a@192.0.2.10:0"}'), "bad_uri"),
        (Reply(200, b'{"uri": "sip:a@192.0.2.10:65536"}'), "bad_uri"),
        (Reply(200, b'{"uri": "sip:a@192.0.2.10:99999;transport=tcp"}'), "bad_uri"),
        (Reply(200, b'{"uri": "sip:a@192.0.2.10:65535"}'), "ok"),
        (Reply(200, b'{"headers": {"X-IVR-Outcome": "forged"}}'), "bad_headers"),
        (Reply(200, b'{"headers": {"x-ivr-outcome": "forged"}}'), "bad_headers"),
        (Reply(200, b'{"headers": {"Contact": "x"}}'), "bad_headers"),
        (Reply(200, b'{"headers": {"X-A": "a\\r\\nX-B: b"}}'), "bad_headers"),
        (Reply(200, b'{"headers": {"X-A": "' + b"a" * 300 + b'"}}'), "bad_headers"),
        (Reply(200, b'{"headers": {"X-A": "1", "x-a": "2"}}'), "bad_headers"),
        (Reply(200, b"{}"), "ok"),
        (Reply(200, b'{"uri": null, "else": 1}'), "ok"),
    ],
)
def test_what_it_may_answer(reply, said):
    assert read_reply(reply).said == said


def test_its_failure_is_recorded_and_the_fixed_address_is_dialled(rig, far):
    def refuse(*_: object) -> Reply:
        raise OutboundError("private_address", "inside")

    far.answers = refuse
    call(rig)
    assert tries(rig) == [(SALES.targets[0].uri, "answered", "private_address")]


def test_test_calls_count_for_nobodys_health(rig, far):
    rig.menus.tickets[TICKET] = Ticket("ivr_seed01:4")
    far.answers = lambda *_: Reply(500, b"")
    for _ in range(6):
        call(rig, AgentBook(default=FarEnd.unreachable()), dial=TICKET)
    assert tries(rig) == [(each.uri, "unreachable", "http_500") for each in SALES.targets]
    far.says()
    call(rig)
    assert tries(rig) == [(SALES.targets[0].uri, "answered", "ok")]


def test_a_pretended_answer_does_not_make_a_failing_agent_well(rig, far):
    rig.menus.tickets[TICKET] = Ticket("ivr_seed01:4")
    for _ in range(5):
        call(rig, AgentBook(default=FarEnd.unreachable()))
    call(rig, dial=TICKET)
    assert tries(rig) == [(SALES.targets[0].uri, "answered", "ok")]
    call(rig, AgentBook(default=FarEnd.unreachable()))
    assert len(tries(rig)) == 1, "both addresses rest, so only one is tried"


def test_it_has_two_seconds_other_calls_go_on_and_the_caller_hears_ringing(rig, far, monkeypatch):
    def hangs(*_: object) -> Reply:
        other = DevSwitch(rig.targets, speed=40)
        meanwhile.append(other.call(CallSetup(did=DID, script=CallScript.parse("h")), timeout_s=30).ended_by)
        Event().wait()
        return Reply(204, b"")

    meanwhile: list[str] = []
    monkeypatch.setattr(prepare, "PREPARE_S", 0.5)
    far.answers = hangs
    result = call(rig)
    assert PREPARE_S == 2
    assert meanwhile == ["caller"]
    assert tries(rig) == [(SALES.targets[0].uri, "answered", "timeout")]
    assert any(each.file == "tone_stream://%(400,0,440,480)" for each in result.heard)


def test_a_caller_who_leaves_meanwhile_ends_it(rig, far):
    over = []

    def hangs(*_: object) -> Reply:
        try:
            Event().wait()
        finally:
            over.append(True)
        return Reply(204, b"")

    far.answers = hangs
    call(rig, keys="1h@2000")
    assert over == [True]
    assert rig.records.of("call_ended")[-1]["outcome"] == "caller_hung_up"


def test_after_five_failures_in_a_row_it_is_left_alone(rig, far):
    far.answers = lambda *_: Reply(500, b"")
    for _ in range(FAILURES_IN_A_ROW + 1):
        call(rig)
    assert len(far.asked) == FAILURES_IN_A_ROW
    assert tries(rig)[0][2] == "resting"


def test_a_new_worker_knows_what_it_said_and_does_not_ask_again(rig, far):
    far.says(uri="sip:room@127.0.0.1:5099", headers={"X-Room": "7"})
    seen = []

    def watch(note):
        if note.kind == "dial":
            seen.append(note)
            if len(seen) == 1:
                gevent.spawn(cut_all, rig)

    result = call(rig, AgentBook({"room": FarEnd.busy(ring_ms=8000)}), on_note=watch)
    assert result.connections == 2
    assert len(far.asked) == 1
    assert tries(rig) == [("sip:room@127.0.0.1:5099", "busy", "ok"), (SALES.targets[0].uri, "answered", "ok")]
    assert result.agent.headers["X-Room"] == "7"



def cut_all(rig: Rig) -> None:
    for session in list(rig.server._sessions):
        session.sock.shutdown(SHUT_RDWR)
