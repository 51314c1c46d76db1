"""Calls through the development switch: callers, agents, dead servers, and what is known of a call afterwards."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import gevent
import pytest
from gevent import socket as gsocket

from devswitch.caller import CallerStep, CallScript, ScriptedAgent
from devswitch.dialplan import digitree_dialplan
from devswitch.switch import CallSetup, DevSwitch
from tests.devswitch.conftest import DID, Talk
from tests.devswitch.scenarios import ANSWER, BYE, get, run, sets
from tests.helpers import SWITCH_SECRET

ASK = run("play_and_get_digits", "1 1 1 2000 none $P/two.wav silence_stream://10 v . 2000") + get("v")
PLAY = run("playback", "$P/one.wav")
DEAD = "127.0.0.1:1"


def parse(text: str, after_ms: float = 300) -> list[tuple[str, float, bool, bool]]:
    return [
        (step.keys, step.after_ms, step.after_prompt, step.hang_up) for step in CallScript.parse(text, after_ms).steps
    ]


def test_a_script_is_one_step_a_question() -> None:
    assert parse("1,-,,12,h,9h@100,*+500") == [
        ("1", 300, False, False),
        ("", 300, False, False),
        ("", 300, False, False),
        ("12", 300, False, False),
        ("", 300, False, True),
        ("9", 100, False, True),
        ("*", 500, True, False),
    ]
    assert parse("") == []


@pytest.mark.parametrize("text", ["x", "1;2", "1@", "h1", "1 2"])
def test_a_script_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a step"):
        CallScript.parse(text)


def test_each_question_is_answered_in_turn(talk: Talk) -> None:
    result = talk.call(ANSWER, ASK, ASK, ASK, ASK, BYE, script=CallScript.parse("1,-,2+500,*"))
    assert [talk.replies[at] for at in (3, 5, 7, 9)] == ["1", "-ERR command not found", "2", "*"]
    assert result.keys_taken == "12*"
    cut, silent, after, _ = (heard for heard in result.heard if not heard.is_silence)
    assert (cut.cut_by_key, cut.ended_ms - cut.started_ms) == ("1", 300)
    assert (silent.cut_by_key, silent.ended_ms - silent.started_ms) == ("", 2000)
    assert after.cut_by_key == ""
    assert result.gathers == 4


def test_what_became_of_each_key_is_told(talk: Talk) -> None:
    script = CallScript(steps=(CallerStep("12"),), presses=((500.0, "3"),))
    result = talk.call(ANSWER, run("sleep", "1000") + run("flush_dtmf"), ASK + PLAY, BYE, script=script)
    assert [(key.key, key.fate) for key in result.dtmf] == [
        ("3", "flushed"),
        ("1", "gather"),
        ("2", "ignored_by_playback"),
    ]
    assert result.dtmf[1].into.endswith("two.wav")
    assert result.dtmf[1].into_ms == pytest.approx(300)


def test_a_key_that_no_application_read_stays_unread(talk: Talk) -> None:
    result = talk.call(ANSWER, 200, BYE, script=CallScript(presses=((100.0, "1"),)))
    assert [(key.key, key.fate) for key in result.dtmf] == [("1", "unread")]


def test_a_caller_may_hang_up_at_a_question_or_at_a_prompt(talk: Talk) -> None:
    at_question = talk.call(ANSWER, ASK, script=CallScript.parse("h@700"))
    assert (at_question.ended_by, at_question.hangup_cause) == ("caller", "NORMAL_CLEARING")
    assert at_question.heard[0].cut_by_hangup
    assert at_question.heard[0].ended_ms - at_question.heard[0].started_ms == pytest.approx(700)
    at_prompt = talk.call(ANSWER, PLAY, script=CallScript(on_heard={"one": CallerStep(hang_up=True, after_ms=100)}))
    assert at_prompt.heard[0].ended_ms - at_prompt.heard[0].started_ms == pytest.approx(100)


def test_a_call_may_be_acted_upon_from_outside(talk: Talk) -> None:
    talk.expect(ANSWER, ASK, ASK)
    notes: list[str] = []
    call = DevSwitch(talk.address).start(CallSetup(DID, on_note=lambda note: notes.append(note.kind)))
    with gevent.Timeout(30):
        while "play" not in notes:
            gevent.sleep(0.005)
        call.press("7")
        while notes.count("play") < 2:
            gevent.sleep(0.005)
    call.hang_up()
    result = call.wait(30)
    assert result.keys_taken == "7"
    assert result.ended_by == "caller"
    assert result.heard[0].cut_by_key == "7"


def test_a_hang_up_from_outside_is_told_though_nothing_runs(talk: Talk) -> None:
    conversation = talk.expect("linger 1\n\n" + run("answer"))
    call = DevSwitch(talk.address).start(CallSetup(DID))
    with gevent.Timeout(30):
        while len(conversation.happened) < 3:
            gevent.sleep(0.005)
        call.hang_up()
        while conversation.happened[-1].what != "notice: linger":
            gevent.sleep(0.005)
    assert call.wait(30).ended_by == "caller"


@pytest.mark.parametrize(
    ("agent", "cause"),
    [
        (ScriptedAgent.busy(), "USER_BUSY"),
        (ScriptedAgent.declining(), "CALL_REJECTED"),
        (ScriptedAgent.unreachable(), "NORMAL_TEMPORARY_FAILURE"),
        (ScriptedAgent.ringing(), "NO_ANSWER"),
    ],
)
def test_an_agent_who_is_not_had_is_no_agent(talk: Talk, agent: ScriptedAgent, cause: str) -> None:
    bridge = run("bridge", "{originate_timeout=3}sofia/digitree/x@192.0.2.1:5060")
    result = talk.call(ANSWER, sets("continue_on_fail=true") + bridge + PLAY, BYE, agents={"x": agent})
    assert result.agent is None
    assert [leg.cause for leg in result.bridges] == [cause]
    assert result.prompt_names == ["one"]


def test_the_agent_gets_our_headers_and_the_callers_own_unless_switched_off(talk: Talk) -> None:
    bridge = run("bridge", "{sip_h_X-IVR-Path=a%3D1,sip_h_X-Two=b}sofia/digitree/agent@192.0.2.1:5060")
    evil = {"sip_h_X-IVR-Path": "forged", "sip_h_X-Evil": "yes"}
    copied = talk.call(ANSWER, bridge, BYE, extra_variables=evil)
    assert copied.agent is not None
    assert copied.agent.target == "agent@192.0.2.1:5060"
    assert copied.agent.headers == {"X-IVR-Path": "a%3D1", "X-Evil": "yes", "X-Two": "b"}
    kept = talk.call(
        ANSWER, sets("sip_copy_custom_headers=false") + bridge, BYE, extra_variables=evil
    )
    assert kept.agent is not None
    assert kept.agent.headers == {"X-IVR-Path": "a%3D1", "X-Two": "b"}


def test_a_leg_may_have_variables_of_its_own(talk: Talk) -> None:
    bridge = run("bridge", "{sip_h_X-All=1}[sip_h_X-One=a,x=1]sofia/p/a@192.0.2.1|[sip_h_X-One=b]sofia/p/b@192.0.2.1")
    result = talk.call(ANSWER, bridge, BYE, agents={"a": ScriptedAgent.busy()})
    assert [(leg.target, leg.headers) for leg in result.bridges] == [
        ("a@192.0.2.1", {"X-All": "1", "X-One": "a"}),
        ("b@192.0.2.1", {"X-All": "1", "X-One": "b"}),
    ]


def test_ringing_ends_as_the_seconds_of_the_clock_turn(talk: Talk) -> None:
    talk.expect(ANSWER, run("bridge", "{originate_timeout=5}sofia/p/a@192.0.2.1"), BYE)
    call = DevSwitch(talk.address, speed=100, agents={"a": ScriptedAgent.ringing()}).start(CallSetup(DID))
    (leg,) = call.wait(20).bridges
    assert leg.ended_ms is not None
    assert 4000 < leg.ended_ms - leg.started_ms <= 5000
    ended_s = call.channel.clock.started_wall_s + leg.ended_ms / 1000
    assert ended_s == pytest.approx(round(ended_s), abs=0.001)


def test_an_exported_header_reaches_the_agent(talk: Talk) -> None:
    bridge = run("bridge", "sofia/digitree/agent@192.0.2.1")
    result = talk.call(ANSWER, run("export", "nolocal:sip_h_X-Mine=1") + bridge, BYE)
    assert result.agent is not None
    assert result.agent.headers == {"X-Mine": "1"}


def test_the_caller_hears_ringing_then_the_agent(talk: Talk) -> None:
    agent = ScriptedAgent.answering(ring_ms=1500, talk_ms=3000, plays=str(talk.prompts / "one.wav"))
    bridge = sets("transfer_ringback=%(2000,4000,440,480)") + run("bridge", "sofia/digitree/agent@192.0.2.1")
    result = talk.call(ANSWER, bridge, BYE, agents={"agent@192.0.2.1": agent})
    ringing, voice = result.heard
    assert (ringing.source, ringing.ended_ms - ringing.started_ms) == ("ringback", pytest.approx(1500))
    assert (voice.source, voice.file) == ("agent", agent.plays)
    assert result.prompts == []
    assert result.agent is not None
    assert result.agent.answered_ms is not None
    assert result.agent.ended_ms == pytest.approx(result.agent.answered_ms + 3000)


def test_the_second_socket_action_takes_over_and_the_last_resort_follows_it(talk: Talk) -> None:
    nobody = DevSwitch([DEAD, f"{DEAD}|{DEAD}"]).call(CallSetup(DID), timeout_s=30)
    assert (nobody.ended_by, nobody.sip_status, nobody.connections) == ("last_resort", 503, 0)
    assert nobody.connects_refused == 3
    second = talk.call(ANSWER, BYE, targets=[DEAD, talk.address])
    assert (second.ended_by, second.connections, second.connects_refused) == ("switch", 1, 1)


def test_an_answered_call_that_nobody_serves_any_more_hears_of_the_trouble(talk: Talk) -> None:
    plan = digitree_dialplan(talk.address, SWITCH_SECRET, str(talk.prompts / "one.wav"))
    result = talk.call(ANSWER + "exit\n\n", second=("exit\n\n",), targets=plan)
    assert result.ended_by == "last_resort"
    signs, said = result.heard[:-1], result.heard[-1]
    assert [sign.file for sign in signs] == ["tone_stream://%(150,2850,425)"] * 5
    assert said.file.endswith("one.wav")
    assert result.hangup_cause == "NORMAL_TEMPORARY_FAILURE"
    # The third try comes after a pause, for a supervisor to start the server again, and one after each sign.
    tries = [command.received_ms for command in result.commands if command.line == "connect"]
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses == pytest.approx([0, 2000, 3000, 3000, 3000, 3000, 3000], abs=500)


def test_a_server_that_is_back_while_the_caller_is_held_goes_on_with_him(talk: Talk) -> None:
    plan = digitree_dialplan(DEAD, SWITCH_SECRET, "trouble.wav")
    *held, back, sign, socket, trouble, hang_up = plan.apologise
    assert (back, socket) == (("socket", f"{DEAD} full"),) * 2
    held += [("socket", f"{talk.address} full"), sign, socket, trouble, hang_up]
    plan = replace(plan, actions=(("answer", ""), *plan.actions), apologise=tuple(held))
    result = talk.call(PLAY, BYE, targets=plan)
    assert (result.ended_by, result.connections, result.connects_refused) == ("switch", 1, 6)
    assert result.prompts[-1].endswith("one.wav")


def test_the_moment_of_the_agents_answer_is_imported(talk: Talk) -> None:
    bridge = run("bridge", "sofia/digitree/agent@192.0.2.1") + get("answered_time")
    plan = digitree_dialplan(talk.address, SWITCH_SECRET)
    talk.call(ANSWER, run("set", "import=answered_time") + bridge, BYE, targets=plan)
    assert talk.replies[-2].isdigit()


@pytest.mark.parametrize(
    ("write", "status", "cause"),
    [
        (run("respond", "404"), 404, "UNALLOCATED_NUMBER"),
        (run("respond", "503"), 503, "NORMAL_TEMPORARY_FAILURE"),
        (run("hangup", "USER_BUSY"), 486, "USER_BUSY"),
    ],
)
def test_a_call_refused_before_the_answer_has_its_status(talk: Talk, write: str, status: int, cause: str) -> None:
    result = talk.call(write)
    assert (result.ended_by, result.sip_status, result.hangup_cause) == ("refused", status, cause)
    assert result.answered_ms is None


def test_a_forged_header_arrives_encoded(talk: Talk) -> None:
    received: list[Any] = []

    def serve() -> None:
        sock, _ = listener.accept()
        sock.sendall(b"connect\n\n")
        received.append(sock.recv(65536))
        sock.close()

    listener = gsocket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    server = gevent.spawn(serve)
    setup = CallSetup(
        DID,
        ani="+1480\nInjected: yes\nCaller-ANI: x",
        name="Jos\udce9 %0AInjected: yes",
        header_overrides={"Caller-Destination-Number": "+1\n\n"},
        extra_variables={"sip_h_X-Menu": "a\nb"},
    )
    DevSwitch([f"127.0.0.1:{listener.getsockname()[1]}"]).call(setup, timeout_s=30)
    server.get(timeout=30)
    head = received[0].split(b"\n\n")[0].split(b"\n")
    assert b"Caller-Caller-ID-Number: %2B1480%0AInjected%3A%20yes%0ACaller-ANI%3A%20x" in head
    # What looks encoded is left alone by FreeSWITCH: decoded, it is the line end it never was.
    assert b"Caller-Caller-ID-Name: Jos%E9%20%0AInjected%3A%20yes" in head
    assert b"Caller-Destination-Number: %2B1%0A%0A" in head
    assert b"variable_sip_h_X-Menu: a%0Ab" in head
    assert not [line for line in head if line.startswith(b"Injected")]


def test_the_time_from_key_to_prompt_is_the_servers_own(talk: Talk) -> None:
    result = talk.call(ANSWER, ASK, 120, ASK, BYE, script=CallScript.parse("1,2"))
    (waited_ms,) = result.key_to_prompt_ms
    assert 119 < waited_ms < result.duration_ms


def test_a_call_without_end_is_dropped_when_its_time_is_up(talk: Talk) -> None:
    talk.expect("linger 2\n\n" + run("answer"))
    with pytest.raises(gevent.Timeout):
        DevSwitch(talk.address).call(CallSetup(DID), timeout_s=0.3)


def test_a_server_that_thinks_takes_no_time_if_so_asked(talk: Talk) -> None:
    result = talk.call(ANSWER, PLAY, 300, BYE, counts_idle=False)
    assert result.duration_ms == pytest.approx(1002)


def test_waits_of_minutes_take_no_time_in_a_fast_call(talk: Talk) -> None:
    result = talk.call(ANSWER, run("sleep", "600000") + get("v"), BYE, speed=float("inf"))
    assert result.duration_ms > 600_000


def test_two_hundred_calls_at_once_are_all_served(talk: Talk) -> None:
    switch = DevSwitch(talk.address, speed=20)
    calls = []
    for at in range(200):
        did = f"+1415666{1000 + at}"
        talk.expect(ANSWER, ASK, ASK, BYE, did=did)
        calls.append(switch.start(CallSetup(did, script=CallScript.parse("1,2"))))
    results = [call.wait(60) for call in calls]
    assert {result.keys_taken for result in results} == {"12"}


def test_variables_and_keys_by_api_are_answered_with_a_body_and_in_turn(talk: Talk) -> None:
    uuid = "our-channel"
    result = talk.call(
        run("answer"),
        f"api uuid_setvar {uuid} a 1;b,c ${{d}}\n\ngetvar a\n\n",
        f"api uuid_setvar {uuid} a\n\ngetvar a\n\napi uuid_flush_dtmf {uuid}\n\n",
        BYE,
        channel_uuid=uuid,
    )
    assert result.violations == []
    assert talk.replies[1:6] == ["+OK", "1;b,c ${d}", "+OK", "-ERR command not found", "+OK"]
