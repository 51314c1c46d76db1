"""A transfer and what an agent does with its caller: attempts, times, reports, callers who are sent on."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.agents.dialling import Agents
from esl_server.agents.prepare import PrepareResult
from esl_server.call import call as call_module
from esl_server.call import notes, ringing
from esl_server.call.effects import referral, transfer
from esl_server.call.effects.referral import continue_referral
from esl_server.call.effects.transfer import continue_transfer, hand_off
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state_text import decode_state
from esl_server.switch import bridging, commands
from esl_server.switch import leg as leg_module
from esl_server.switch.bridged import Bridged
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.session import UNSET
from ivr.domain.agents import Agent, Target
from ivr.domain.call_records import Outcome, Step
from ivr.domain.errors import CallerHungUp, CallSentOn
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import NoWayOn, Position
from ivr.secrets import Sealer
from tests.esl.test_call_notes import AT_MS, CHANNEL, SECRET, Notes, made
from tests.esl.test_leg import Session

FIRST, SECOND, ELSEWHERE = "sip:one@192.0.2.1", "sip:two@192.0.2.2", "sip:desk@192.0.2.9"
AGENT = Agent("sales", (Target(FIRST), Target(SECOND)), silent_s=0)
SENDS_ON = Agent("sales", (Target(FIRST), Target(SECOND)), silent_s=0, may_transfer_to=("sip:desk*@192.0.2.9",))
TREE = parse_menu(
    {
        "name": "m",
        "start": "ask",
        "nodes": {
            "ask": {"gather": {"1": "go", "2": "plain"}},
            "go": {"action": "transfer", "outcome": "hot", "fallback_node": "ask", "on_agent_hangup": "ask"},
            "plain": {"action": "transfer"},
        },
    }
)
GO: Any = TREE.nodes["go"]
PLAIN: Any = TREE.nodes["plain"]
AT = Position("plain", 0, 3)
RINGS_MS = 3000
BUSY = ["USER_BUSY", "USER_BUSY", "sip:486", UNSET, UNSET, UNSET]
GONE = ["NO_ANSWER", "NO_ANSWER", UNSET, UNSET, UNSET, UNSET]
TALKED = ["SUCCESS", "NORMAL_CLEARING", UNSET, UNSET, UNSET, UNSET]
OWN = PlayedSequence("/p/own.wav", "own.wav", 900)
PROMPT = OWN.playback


def talked(report: str) -> list[str]:
    return [*TALKED[:-1], report]


class Clock:
    now = AT_MS


class Rung(Session):
    """A bridge takes three seconds; a reply of None is a caller who hangs up meanwhile, `leaves`: in the talk."""

    clock: Clock
    leaves = False

    def request(
        self, command: bytes, replies: int, timeout_s: float, waiting_for: str, sent: Any = None, wanted: int = 1
    ) -> list[str]:
        if waiting_for == "bridge":
            self.clock.now += RINGS_MS
            self.hung_up = self.leaves
            if self.replies and self.replies[0] is None:
                self.replies[0] = ["ORIGINATOR_CANCEL", "ORIGINATOR_CANCEL", UNSET, UNSET, UNSET, UNSET]
                self.hung_up = True
        return super().request(command, replies, timeout_s, waiting_for, sent, wanted)


class Kept(Notes):
    def with_agent(self, record: Any) -> None:
        self.noted.append(("with_agent", len(record.agent)))

    def opt_out(self, opt_out: Any) -> None:
        self.noted.append(("opt_out", opt_out.source, opt_out.node, opt_out.number))


class Request:
    """A prepare URL that replies after so many pieces of ringing."""

    def __init__(self, pieces: int, value: PrepareResult) -> None:
        self.pieces, self.value, self.killed = pieces, value, False
        self.joined_s: list[float] = []

    def join(self, timeout_s: float) -> None:
        self.joined_s.append(timeout_s)

    def ready(self) -> bool:
        self.pieces -= 1
        return self.pieces < 0

    def kill(self, *, block: bool) -> None:
        assert block is False
        self.killed = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (call_module, notes, ringing, referral):
        monkeypatch.setattr(module, "now_ms", lambda: clock.now)
    monkeypatch.setattr(
        leg_module, "time", SimpleNamespace(time_ns=lambda: clock.now * 1_000_000, monotonic=time.monotonic)
    )
    monkeypatch.setattr(Rung, "clock", clock, raising=False)
    return clock


@pytest.fixture
def kept() -> Kept:
    return Kept()


def calling(kept: Kept, *replies: Any, request: Request | None = None) -> Any:
    """A call that was asked one question, and the replies of its switch from then on."""
    call = made(kept)
    call.leg.session = Rung(CHANNEL, *replies)
    asked: list[tuple[Any, ...]] = []

    def start(*about: Any) -> Request | None:
        asked.append(about)
        return request

    health = SimpleNamespace(noted=[], is_resting=lambda uri: False, is_silent=lambda uri: False)
    health.note = lambda uri, result: health.noted.append((uri, result))
    sealer = Sealer(lambda: SECRET)
    call.services.agents = Agents(AGENT, "digitree", sealer, health)  # type: ignore[arg-type]
    call.services.preparer = SimpleNamespace(start=start, asked=asked)
    call.services.counters.rang = []
    call.prompts.apology = commands.playback("/p/apology.wav")
    call.is_announced = True
    call.state.pointer = "ivr_a:7"
    call.record.path.append(Step("ask", 1, "key", "2", 0, 500))
    return call


def menu(agent: Agent = AGENT, own: PlayedSequence | None = None) -> Any:
    return SimpleNamespace(
        tree=TREE, own_audio=lambda node, memory: own, ringback=lambda node, memory: bridging.RINGING,
        agent=lambda node: agent,
        targets=lambda node, agents: (agent.name, agents.targets_of(agent)),
        published=SimpleNamespace(prompts={}),
    )  # fmt: skip


def sent(call: Any, waiting_for: str) -> list[bytes]:
    return [each[0] for each in call.leg.session.requests if each[3] == waiting_for]


def attempts(call: Any) -> list[tuple[str, str, int | None]]:
    return [(each.uri, each.result, each.ring_ms) for each in call.record.agent]


def test_a_test_call_of_the_switch_rings_the_sample_agent_in_place_of_the_real_one(kept: Kept, clock: Clock) -> None:
    call = calling(kept, ["+OK"], TALKED)
    call.record.test = True
    call.leg.channel = ChannelData(b"Unique-ID: u\nvariable_ivr_telephone: %2B14155552671\n")
    sealer, sample = Sealer(lambda: SECRET), "sip:sample-agent@192.0.2.7"
    call.services.agents = Agents(AGENT, "digitree", sealer, call.services.agents.health, sample=sample)
    assert hand_off(call, menu(), AT, Act(PLAIN)) is Outcome.TRANSFERRED
    (bridge,) = sent(call, "bridge")
    assert b"sofia/digitree/sample-agent@192.0.2.7" in bridge
    assert b"192.0.2.1" not in bridge
    assert attempts(call)[0][:2] == (FIRST, "answered")


# -- its addresses ------------------------------------------------------------------------------------------------


def test_each_address_is_rung_once_and_the_caller_hears_an_apology(kept: Kept, clock: Clock) -> None:
    call = calling(kept, BUSY, GONE)
    assert hand_off(call, menu(), AT, Act(PLAIN)) is Outcome.AGENT_UNAVAILABLE
    assert attempts(call) == [(FIRST, "busy", RINGS_MS), (SECOND, "no_answer", RINGS_MS)]
    first, second = sent(call, "bridge")
    assert b"one@192.0.2.1" in first
    assert b"two@192.0.2.2" in second
    assert b"unset\nexecute-app-arg: originate_disposition" not in first
    assert b"unset\nexecute-app-arg: originate_disposition" in second, "the first attempt leaves results"
    assert sent(call, "playback") == [commands.playback("/p/apology.wav")]
    assert call.record.outcome is Outcome.AGENT_UNAVAILABLE
    assert call.state.position == Position("plain", 1, 3)
    assert [each for each in kept.noted if each[0] == "with_agent"] == [("with_agent", 0), ("with_agent", 1)]
    assert call.record.path[-1] == Step("plain", 1, "action", None, 0, 0)


def test_ringing_is_no_time_in_the_menu_and_is_counted_for_address_and_metric(kept: Kept, clock: Clock) -> None:
    call = calling(kept, BUSY, GONE)
    clock.now += 500
    hand_off(call, menu(), AT, Act(PLAIN))
    assert call.state.away_ms == 2 * RINGS_MS
    assert call.elapsed_s() == 0.5
    assert call.services.counters.rang == [("busy", RINGS_MS), ("no_answer", RINGS_MS)]
    assert call.services.agents.health.noted == [(FIRST, "busy"), (SECOND, "no_answer")]


def test_the_agent_is_told_the_time_in_the_menu_and_the_label(kept: Kept, clock: Clock) -> None:
    call = calling(kept, TALKED)
    clock.now += 12_900
    hand_off(call, menu(), Position("go", 0, 3), Act(GO))
    (dialled,) = sent(call, "bridge")
    assert b"sip_h_X-IVR-Elapsed=12," in dialled
    assert b"sip_h_X-IVR-Outcome=hot" in dialled
    assert [each.label for each in call.record.agent] == ["hot"]
    assert [each.agent for each in call.record.agent] == ["sales"]


def test_a_talk_of_unknown_beginning_has_no_time_of_ringing(kept: Kept, clock: Clock) -> None:
    call = calling(kept, TALKED)
    assert hand_off(call, menu(), AT, Act(PLAIN)) is Outcome.TRANSFERRED
    assert attempts(call) == [(FIRST, "answered", None)]
    assert call.services.counters.rang == []
    assert call.services.agents.health.noted == [(FIRST, "answered")]


def test_test_calls_count_for_no_address_and_no_metric(kept: Kept, clock: Clock) -> None:
    call = calling(kept, ["+OK"], BUSY, GONE)
    call.record.test = True
    hand_off(call, menu(), AT, Act(PLAIN))
    assert len(attempts(call)) == 2
    assert call.services.counters.rang == []
    assert call.services.agents.health.noted == []


def test_a_caller_who_leaves_while_it_rings_is_rung_for_no_further(kept: Kept, clock: Clock) -> None:
    call = calling(kept, None)
    with pytest.raises(CallerHungUp):
        hand_off(call, menu(), AT, Act(PLAIN))
    assert attempts(call) == [(FIRST, "cancelled", RINGS_MS)]


def test_a_transfer_that_comes_back_to_itself_ends(kept: Kept, clock: Clock) -> None:
    call = calling(kept, TALKED)
    hand_off(call, menu(), AT, Act(PLAIN))
    assert hand_off(call, menu(), AT, Act(PLAIN)) == (AT, NoWayOn())
    assert len(sent(call, "bridge")) == 1


# -- after it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("replies", "hung_up"), [([BUSY, GONE], False), ([TALKED], False), ([TALKED], True)])
def test_the_call_goes_on_where_the_author_says_unless_the_caller_is_gone(
    kept: Kept, clock: Clock, replies: list[Any], hung_up: bool
) -> None:
    call = calling(kept, *replies)
    call.leg.session.leaves = hung_up
    after: Any = hand_off(call, menu(), Position("go", 0, 3), Act(GO))
    if hung_up:
        assert after is Outcome.TRANSFERRED
    else:
        assert (after[0].node, after[1].node.id) == ("ask", "ask")


@pytest.mark.parametrize("report", ["dnc", "DNC"])
def test_an_agent_who_reports_an_opt_out_ends_the_call_with_it(kept: Kept, clock: Clock, report: str) -> None:
    call = calling(kept, talked(report))
    assert hand_off(call, menu(), Position("go", 0, 3), Act(GO)) is Outcome.TRANSFERRED
    assert kept.noted[-1] == ("opt_out", "agent", "go", "+14805551234")


def test_another_report_is_kept_and_no_opt_out(kept: Kept, clock: Clock) -> None:
    call = calling(kept, talked("booked"))
    after: Any = hand_off(call, menu(), Position("go", 0, 3), Act(GO))
    assert after[0].node == "ask"
    assert [each.reported for each in call.record.agent] == ["booked"]
    assert not [each for each in kept.noted if each[0] == "opt_out"]


# -- its prepare URL ----------------------------------------------------------------------------------------------


def test_while_the_prepare_url_has_not_replied_the_caller_hears_ringing(kept: Kept, clock: Clock) -> None:
    prepared = PrepareResult("ok", ELSEWHERE)
    request = Request(2, prepared)
    call = calling(kept, ["+OK"], ["+OK"], ["+OK"], TALKED, request=request)
    hand_off(call, menu(own=OWN), Position("go", 0, 3), Act(GO))
    assert sent(call, "playback") == [PROMPT, *[commands.playback(commands.RING_PIECE)] * 2]
    assert request.killed
    assert request.joined_s == [0.3]
    assert call.services.preparer.asked == [(AGENT, call.record, "go", "hot")]
    assert call.state.prepared == prepared
    (attempt,) = call.record.agent
    assert (attempt.uri, attempt.prepare) == (ELSEWHERE, "ok")


def test_without_a_prepare_url_the_nodes_own_audio_is_heard_and_nothing_waited_for(kept: Kept, clock: Clock) -> None:
    call = calling(kept, ["+OK"], TALKED)
    call.state.prepared = PrepareResult("ok", ELSEWHERE)  # of another agent
    hand_off(call, menu(own=OWN), AT, Act(PLAIN))
    assert sent(call, "playback") == [PROMPT]
    assert call.state.prepared is None
    assert [each.uri for each in call.record.agent] == [FIRST]


def test_a_caller_who_leaves_meanwhile_ends_the_request(kept: Kept, clock: Clock) -> None:
    request = Request(9, PrepareResult("ok"))
    call = calling(kept, None, request=request)
    with pytest.raises(CallerHungUp):
        hand_off(call, menu(own=OWN), AT, Act(PLAIN))
    assert request.killed


# -- taken over ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failures", "bridged", "rung"),
    [
        (0, None, [FIRST, SECOND]),
        (1, None, [SECOND]),
        (0, Bridged("USER_BUSY", "USER_BUSY", 486, None, 700), [SECOND]),
        (1, Bridged("USER_BUSY", "USER_BUSY", 486, None, 700), []),
    ],
)
def test_the_next_worker_rings_from_the_address_that_was_rung_on(
    kept: Kept, clock: Clock, failures: int, bridged: Bridged | None, rung: list[str]
) -> None:
    call = calling(kept, *[GONE for _ in rung])
    call.state.position = Position("plain", failures, 3)
    assert continue_transfer(call, menu(), PLAIN, bridged) is Outcome.AGENT_UNAVAILABLE
    earlier = [(AGENT.targets[failures].uri, "busy", 700)] if bridged else []
    assert attempts(call) == earlier + [(uri, "no_answer", RINGS_MS) for uri in rung]


def test_a_talk_without_a_worker_is_recorded_with_the_address_and_what_prepared_it(kept: Kept, clock: Clock) -> None:
    call = calling(kept)
    call.state.position, call.state.asked_ms = Position("plain", 0, 3), AT_MS - 9000
    call.state.prepared = PrepareResult("ok", ELSEWHERE)
    bridged = Bridged("SUCCESS", "NORMAL_CLEARING", None, 6000, 2000, "booked")
    assert continue_transfer(call, menu(), PLAIN, bridged) is Outcome.TRANSFERRED
    (attempt,) = call.record.agent
    assert (attempt.uri, attempt.prepare, attempt.talk_ms, attempt.agent) == (ELSEWHERE, "ok", 6000, "sales")
    assert call.state.away_ms == 9000


# -- sent on by the agent -----------------------------------------------------------------------------------------

TALK = Bridged("SUCCESS", "NORMAL_CLEARING", None, 6000, 2000)


def test_a_caller_whom_the_agent_sends_on_is_left_to_the_switch(kept: Kept, clock: Clock) -> None:
    for reply, is_sent_on in ((["<sip:desk@192.0.2.9>"], True), ([UNSET], False)):
        call = calling(kept, TALKED, reply)
        if is_sent_on:
            with pytest.raises(CallSentOn):
                hand_off(call, menu(SENDS_ON), AT, Act(PLAIN))
            assert call.record.agent == []
        else:
            assert hand_off(call, menu(SENDS_ON), AT, Act(PLAIN)) is Outcome.TRANSFERRED
        assert sent(call, "getvar") == [commands.getvar("sip_refer_to")]


def referred(kept: Kept, *replies: Any, agent: Agent = SENDS_ON, bridged: Bridged | None = TALK, to: str) -> Any:
    call = calling(kept, *replies)
    call.state.position, call.state.asked_ms = AT, AT_MS - 9000
    call.state.phase = "bridging"

    def go_on() -> Any:
        return continue_referral(call, menu(agent), PLAIN, bridged, to)

    return call, go_on


FORGOTTEN = commands.execute("unset", "sip_refer_to")


@pytest.mark.parametrize(
    ("agent", "to"), [(SENDS_ON, "<sip:boss@192.0.2.9>"), (SENDS_ON, "nonsense"), (AGENT, f"<{ELSEWHERE}>")]
)
def test_an_agent_who_may_not_send_a_caller_there_gets_them_back(
    kept: Kept, clock: Clock, caplog: pytest.LogCaptureFixture, agent: Agent, to: str
) -> None:
    call, go_on = referred(kept, agent=agent, to=to)
    with pytest.raises(CallSentOn):
        go_on()
    assert [each[0] for each in call.leg.session.requests] == [FORGOTTEN + commands.SENT_BACK]
    assert call.record.agent == []
    assert f"the agent may not send callers to {to}" in caplog.text


@pytest.mark.parametrize("bridged", [None, Bridged("USER_BUSY", "USER_BUSY", 486, None, 700)])
def test_a_caller_sent_on_before_any_talk_has_no_agent_to_go_back_to(
    kept: Kept, clock: Clock, bridged: Bridged | None
) -> None:
    call, go_on = referred(kept, bridged=bridged, to="<sip:boss@192.0.2.9>")
    assert go_on() is Outcome.AGENT_UNAVAILABLE
    assert sent(call, "playback") == [commands.playback("/p/apology.wav")]


def test_where_the_agent_may_send_the_caller_the_address_is_rung_and_both_talks_are_recorded(
    kept: Kept, clock: Clock
) -> None:
    call, go_on = referred(kept, ["+OK"], talked("sold"), to=f"<{ELSEWHERE}>")
    assert go_on() is Outcome.TRANSFERRED
    talk, sent_on = call.record.agent
    assert (talk.uri, talk.talk_ms, talk.sent_on_to) == (FIRST, 6000, ELSEWHERE)
    assert (sent_on.uri, sent_on.result, sent_on.reported) == (ELSEWHERE, "answered", "sold")
    assert sent_on.sent_on_to is None
    assert b"desk@192.0.2.9" in sent(call, "bridge")[0]
    assert sent(call, "answer")[0].startswith(FORGOTTEN)
    assert call.state.away_ms == 9000 + RINGS_MS


def test_a_caller_who_leaves_while_the_second_address_rings_has_both_recorded(kept: Kept, clock: Clock) -> None:
    call, go_on = referred(kept, ["+OK"], None, to=f"<{ELSEWHERE}>")
    with pytest.raises(CallerHungUp):
        go_on()
    assert [each.result for each in call.record.agent] == ["answered", "cancelled"]


def test_when_the_second_address_fails_the_talk_with_the_agent_goes_on(kept: Kept, clock: Clock) -> None:
    call, go_on = referred(kept, ["+OK"], BUSY, to=f"<{ELSEWHERE}>")
    with pytest.raises(CallSentOn):
        go_on()
    assert attempts(call) == [(ELSEWHERE, "busy", RINGS_MS)]
    assert call.state.away_ms == RINGS_MS
    stored, sent_back = sent(call, "answer")[1:]
    state = decode_state(stored.decode().partition("ivr_state=")[2].split("\n")[0], "u-1", SECRET)
    assert state is not None
    assert (state.phase, state.position, state.asked_ms) == ("bridging", AT, AT_MS - 9000)
    assert sent_back == commands.SENT_BACK + commands.execute("set", "originate_disposition=SUCCESS")


def test_after_a_failed_attempt_the_agents_talk_is_known_as_one_that_was_sent_on(kept: Kept, clock: Clock) -> None:
    call, go_on = referred(kept, ["+OK"], talked("sold"), to=f"<{ELSEWHERE}>")
    go_on()
    call.record.agent.pop()  # a worker lost while the second address was rung
    call.state.position = AT
    attempt = transfer.Transfer(call, menu(SENDS_ON), PLAIN).last_attempt(TALK)
    assert (attempt.uri, attempt.agent) == (ELSEWHERE, "sales")
