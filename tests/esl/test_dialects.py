"""What any switch must understand: one reply a command, and nothing but its plainest forms."""

from __future__ import annotations

import re

import pytest

from esl_server.switch import commands
from esl_server.switch.bridging import Bridge
from esl_server.switch.commands import State
from esl_server.switch.dialects import EXECUTED, Commands, PreparedChannel
from ivr.domain.errors import EslCommandRefused

PLAIN = re.compile(
    rb"linger \d+|getvar [A-Za-z0-9_-]+|"
    rb"sendmsg\ncall-command: execute\nexecute-app-name: [a-z_]+\nexecute-app-arg: [^\n]*",
)
QUESTION = commands.gather("/prompts/a.wav", 5)
STATE = State("3;call_1;ivr_a:1;welcome")
BRIDGE = Bridge(b"%(2000,4000,440,480)", b"{a=b}sofia/internal/agent@127.0.0.1", True, 20)

VERBS = {
    "answer": lambda dialect: dialect.answer,
    "question": lambda dialect: dialect.question(QUESTION, b"ivr_key_1", STATE, keep_digits=False),
    "question, keys kept": lambda dialect: dialect.question(QUESTION, b"ivr_key_1", STATE, keep_digits=True),
    "question with a time": lambda dialect: dialect.question(
        QUESTION, b"ivr_key_1", STATE, keep_digits=False, limit_s=20
    ),
    "stop of a clock": lambda dialect: dialect.stop_clock,
    "state": lambda dialect: dialect.store_state(STATE),
    "bridge": lambda dialect: dialect.bridge(BRIDGE, STATE),
    "first bridge": lambda dialect: dialect.bridge(BRIDGE._replace(again=False), STATE),
    "hangup": lambda dialect: dialect.hangup("NORMAL_CLEARING"),
}


def as_said(said: Commands) -> list[bytes]:
    command, replies = said
    *blocks, end = command.split(b"\n\n")
    assert end == b""
    assert len(blocks) == replies
    return blocks


@pytest.mark.parametrize("verb", VERBS)
def test_to_a_switch_that_nobody_prepared_nothing_but_plain_executes_is_said(verb: str) -> None:
    for block in as_said(VERBS[verb](EXECUTED)):
        assert PLAIN.fullmatch(block), block


@pytest.mark.parametrize("verb", VERBS)
def test_a_prepared_switch_has_as_many_replies_as_commands(verb: str) -> None:
    command, replies = VERBS[verb](PreparedChannel("0198d7a2-1234"))
    without_bodies, at = b"", 0
    for length in re.finditer(rb"content-length:(\d+)\n\n", command):
        without_bodies += command[at : length.end()]
        at = length.end() + int(length[1])
    assert (without_bodies + command[at:]).count(b"\n\n") == replies


def test_what_is_played_and_refused_is_said_plainly_everywhere() -> None:
    for command in (commands.playback("/prompts/a.wav"), commands.respond(404), commands.FORGET_ORDER):
        (block,) = as_said((command, 1))
        assert PLAIN.fullmatch(block), block


UUID = "0198d7a2-1234"
RESULTS = b"".join(
    b"getvar %b\n\n" % name
    for name in (
        b"originate_disposition", b"last_bridge_hangup_cause", b"last_bridge_proto_specific_hangup_cause",
        b"answered_time", b"sip_rh_X-IVR-Result", b"ivr_agent_result",
    )
)  # fmt: skip


def executed(*steps: str) -> bytes:
    """`set a=b` as FreeSWITCH's event socket has it."""
    form = "sendmsg\ncall-command: execute\nexecute-app-name: {}\nexecute-app-arg: {}\n\n"
    return "".join(form.format(*step.split(" ", 1)) for step in steps).encode()


def with_body(application: str, argument: str) -> bytes:
    return (
        f"sendmsg\ncall-command:execute\nexecute-app-name:{application}\ncontent-type:text/plain\n"
        f"content-length:{len(argument)}\n\n{argument}"
    ).encode()


def api(text: str) -> bytes:
    return f"api {text}\n\n".encode()


def test_a_call_is_answered_with_silence_that_is_sent_and_a_socket_that_stays_open() -> None:
    plain, _ = EXECUTED.answer
    assert plain == b"linger 5\n\n" + executed(
        "answer ", "set playback_terminators=none", "set send_silence_when_idle=-1", "sleep 400",
        "unset send_silence_when_idle",
    )  # fmt: skip
    prepared, _ = PreparedChannel(UUID).answer
    assert prepared == (
        b"linger 5\n\n" + api(f"uuid_answer {UUID}") + api(f"uuid_setvar {UUID} send_silence_when_idle -1")
        + executed("sleep 400") + api(f"uuid_setvar {UUID} send_silence_when_idle ")
    )  # fmt: skip


@pytest.mark.parametrize("keep_digits", [True, False])
def test_a_question_stores_the_state_drops_old_digits_and_reads_its_digit(keep_digits: bool) -> None:
    opening = b"linger 5\n\n"
    plain, _ = EXECUTED.question(QUESTION, b"ivr_key_1", STATE, keep_digits=keep_digits, opening=opening)
    flushed = b"" if keep_digits else executed("flush_dtmf ")
    asked = "1 1 1 5000 none /prompts/a.wav silence_stream://10 ivr_key_1 . "
    assert plain == (
        executed(f"set ivr_state={STATE}") + opening + flushed
        + executed(f"play_and_get_digits {asked}5000") + b"getvar ivr_key_1\n\n"
    )  # fmt: skip
    prepared, _ = PreparedChannel(UUID).question(
        QUESTION, b"ivr_key_1", STATE, keep_digits=keep_digits, opening=opening
    )
    flush = "" if keep_digits else f"${{uuid_flush_dtmf({UUID})}}"
    argument = f"{asked}'5000${{uuid_setvar({UUID} ivr_state {STATE})}}{flush}'"
    assert prepared == opening + with_body("play_and_get_digits", argument) + b"getvar ivr_key_1\n\n"


def test_the_time_of_a_question_is_kept_by_the_switch_and_never_up_early() -> None:
    def pressed(uuid: str) -> str:
        return f"${{sched_del({uuid})}}${{sched_api(+21 {uuid} uuid_recv_dtmf {uuid} C)}}"

    prepared, _ = PreparedChannel(UUID).question(QUESTION, b"ivr_key_1", STATE, keep_digits=True, limit_s=20)
    assert f"{pressed(UUID)}'".encode() in prepared
    plain, _ = EXECUTED.question(QUESTION, b"ivr_key_1", STATE, keep_digits=True, limit_s=20)
    assert executed(f"set ivr_clock={pressed('${uuid}')}") in plain
    assert PreparedChannel(UUID).stop_clock == (api(f"sched_del {UUID}"), 1)


def test_a_state_is_stored_by_itself() -> None:
    assert EXECUTED.store_state(STATE) == (executed(f"set ivr_state={STATE}"), 1)
    assert PreparedChannel(UUID).store_state(STATE) == (api(f"uuid_setvar {UUID} ivr_state {STATE}"), 1)


@pytest.mark.parametrize("again", [True, False])
def test_a_bridge_stores_the_state_forgets_the_last_one_and_reads_what_came_of_it(again: bool) -> None:
    bridge = BRIDGE._replace(again=again)
    names = [each.split()[1] for each in RESULTS.decode().split("\n\n")[:-1]]
    forgotten = executed(*(f"unset {name}" for name in names)) if again else b""
    plain, _ = EXECUTED.bridge(bridge, STATE)
    assert plain == (
        executed(
            f"set ivr_state={STATE}",
            "multiset continue_on_fail=true hangup_after_bridge=false sip_copy_custom_headers=false "
            f"import=answered_time rtp_jitter_buffer_during_bridge=true transfer_ringback={bridge.ringback.decode()}",
        )
        + forgotten + executed(f"bridge {bridge.dialled.decode()}") + RESULTS
    )  # fmt: skip
    prepared, _ = PreparedChannel(UUID).bridge(bridge, STATE)
    assert prepared == (
        api(f"uuid_setvar {UUID} ivr_state {STATE}")
        + api(
            f"uuid_setvar_multi {UUID} import=answered_time;rtp_jitter_buffer_during_bridge=true;"
            f"transfer_ringback={bridge.ringback.decode()}"
        )
        + forgotten + with_body("bridge", bridge.dialled.decode()) + RESULTS
    )  # fmt: skip


def test_a_hang_up_has_its_cause() -> None:
    assert EXECUTED.hangup("USER_BUSY") == (executed("hangup USER_BUSY"), 1)
    assert PreparedChannel(UUID).hangup("USER_BUSY") == (
        b"sendmsg\ncall-command:hangup\nhangup-cause:USER_BUSY\n\n", 1
    )  # fmt: skip
    for dialect in (EXECUTED, PreparedChannel(UUID)):
        with pytest.raises(EslCommandRefused, match=r"^cause not fit"):
            dialect.hangup("NO WAY")


def test_a_prepared_channel_can_report_where_its_digits_come_from() -> None:
    assert PreparedChannel(UUID).report_sources == (
        f"filter Unique-ID {UUID}\n\nevent plain DTMF\n\n".encode(), 2
    )  # fmt: skip
    assert EXECUTED.report_sources == (b"", 0)
    with pytest.raises(EslCommandRefused, match=r"^channel id not fit"):
        PreparedChannel("a b")
