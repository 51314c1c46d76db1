"""The verbs of a caller's leg: what each writes in one go, and how it reads the replies."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from esl_server.switch import commands, hold
from esl_server.switch import leg as leg_module
from esl_server.switch.bridged import Bridged
from esl_server.switch.bridging import Bridge
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.channel_end import ChannelEnd
from esl_server.switch.commands import State
from esl_server.switch.dialects import EXECUTED, PreparedChannel
from esl_server.switch.keyed import Keypress
from esl_server.switch.leg import PLAY_S, SHORT_S, TALK_S, Leg
from esl_server.switch.session import LEAST_REPLY_BYTES, UNSET
from ivr.domain import orders
from ivr.domain.errors import CallerHungUp, EslConnectionLost, EslProtocolError

QUESTION = commands.gather("/p/a.wav", 5)
STATE = State("4.0;icall_1")
NOISE = commands.playback("/p/b.wav")
DTMF_TYPE = commands.getvar("dtmf_type")
ANSWERED = b"Unique-ID: u-1\nAnswer-State: answered\nvariable_dtmf_type: rfc2833\n"
NEW = b"Unique-ID: u-1\nAnswer-State: ringing\n"


class Session:
    """Notes requests as (command, replies, timeout, what is waited for, how many texts are wanted)."""

    def __init__(self, channel: bytes = ANSWERED, *replies: Any) -> None:
        self.channel = ChannelData(channel)
        self.replies = list(replies)
        self.hung_up = False
        self.has_replied = False
        self.digit_source: bytes | None = None
        self.least_reply_bytes = 0
        self.is_local = True
        self.session_data: ChannelData | None = None
        self.requests: list[tuple[bytes, int, float, str, int]] = []
        self.awaited: list[float] = []

    def connect(self) -> ChannelData:
        return self.channel

    read_channel = connect

    def await_digit_source(self, wait_s: float) -> None:
        self.awaited.append(wait_s)
        self.digit_source = b"INBAND_AUDIO"

    def request(
        self, command: bytes, replies: int, timeout_s: float, waiting_for: str, sent: Any = None, wanted: int = 1
    ) -> list[str]:
        self.requests.append((command, replies, timeout_s, waiting_for, wanted))
        if sent is not None:
            sent()
        reply = self.replies.pop(0) if self.replies else ["+OK"]
        if isinstance(reply, Exception):
            raise reply
        if reply is None:
            self.hung_up, reply = True, ["+OK"]
        assert len(reply) == wanted
        return reply


def made(channel: bytes = ANSWERED, *replies: Any) -> tuple[Leg, Any]:
    session: Any = Session(channel, *replies)
    return Leg(session, []), session


def question(*, keep_digits: bool, opening: bytes = b"") -> tuple[bytes, int]:
    return EXECUTED.question(QUESTION, b"k", STATE, keep_digits=keep_digits, opening=opening)


def ask(leg: Leg) -> Keypress:
    return leg.ask(QUESTION, b"k", STATE, 5.0)


# -- questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", [*"0123456789*#ABCDF"])
def test_a_digit_is_the_reply(digit: str) -> None:
    leg, _ = made(ANSWERED, [digit])
    assert ask(leg).digit == digit


@pytest.mark.parametrize("reply", [UNSET, "", "_undef_", "-ERR x", "E", "12", "\u0661", "a"])
def test_anything_else_is_silence(reply: str) -> None:
    leg, _ = made(ANSWERED, [reply])
    assert ask(leg).digit is None


def test_the_reply_to_another_command_is_the_switchs_fault() -> None:
    leg, _ = made(ANSWERED, ["+OK " + "x" * 50])
    with pytest.raises(EslProtocolError, match=r"another command: '\+OK x{16}'$"):
        ask(leg)


def test_a_question_waits_for_its_prompt_and_its_caller_and_says_how_long_it_took(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = iter([100.0, 101.2344, 105.0, 105.5])
    monkeypatch.setattr(leg_module.time, "monotonic", lambda: next(times))
    leg, session = made(ANSWERED, ["1"], ["2"])
    assert ask(leg) == Keypress("1", 1234)
    assert ask(leg) == Keypress("2", 500)
    command, replies = question(keep_digits=False)
    assert session.requests == [(command, replies, 5.0 + PLAY_S, "gather", 1)] * 2
    assert leg._thought_s == [pytest.approx(3.7656)]


def test_it_is_said_when_the_question_is_written() -> None:
    written: list[int] = []
    leg, _ = made(ANSWERED, ["1"])
    leg.ask(QUESTION, b"k", STATE, 5.0, lambda: written.append(1))
    assert written == [1]


def test_the_channel_data_are_let_go_with_the_first_question() -> None:
    leg, session = made(ANSWERED, ["1"])
    assert leg.answered
    ask(leg)
    assert not leg.answered
    assert session.session_data is leg.channel


def test_digits_that_wait_are_dropped_unless_they_are_to_be_kept_once() -> None:
    leg, session = made(ANSWERED, ["1"], ["1"])
    leg.keep_digits()
    ask(leg)
    ask(leg)
    assert [each[0] for each in session.requests] == [
        question(keep_digits=True)[0], question(keep_digits=False)[0]
    ]  # fmt: skip


def test_what_is_to_be_played_before_a_question_goes_with_it_once_and_has_its_time() -> None:
    leg, session = made(ANSWERED, ["1"], ["1"])
    leg.with_next(NOISE, plays_s=3.0)
    leg.with_next(NOISE, 2, plays_s=4.0)
    ask(leg)
    ask(leg)
    command, replies = question(keep_digits=False)
    assert session.requests == [
        (NOISE + NOISE + command, 3 + replies, 5.0 + PLAY_S + 7.0, "gather", 1),
        (command, replies, 5.0 + PLAY_S, "gather", 1),
    ]


def test_the_state_is_stored_before_the_answering_and_the_rest_follows_it() -> None:
    leg, session = made(NEW, ["1", "rfc2833"])
    leg.with_next(NOISE)
    leg.answer()
    leg.with_next(NOISE)
    stored, _ = EXECUTED.store_state(STATE)
    leg.store_with_next(STATE)
    ask(leg)
    opening, answers = EXECUTED.answer
    command, replies = question(keep_digits=True, opening=opening + NOISE)
    assert session.requests == [
        (NOISE + stored + command + DTMF_TYPE, 1 + 1 + answers + 1 + replies + 1, 5.0 + PLAY_S, "gather", 2)
    ]
    assert leg.dtmf_type == "rfc2833"


# -- several digits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyed", "digits"),
    [("4155550123", "4155550123"), ("41A5B5", "4155"), ("A", "A"), ("FD", "F"), ("", None), (UNSET, None),
     ("41*", None), ("1" * 17, None), ("1" * 16, "1" * 16)],
)  # fmt: skip
def test_a_row_of_digits_is_read_without_keys_that_no_telephone_has(keyed: str, digits: str | None) -> None:
    leg, _ = made(ANSWERED, [keyed])
    assert leg.ask_digits(QUESTION, b"k", STATE, 5.0).digit == digits


# -- how digits come ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["rfc2833", "info", "none"])
def test_the_first_question_asks_how_digits_come_where_that_is_not_known(told: str) -> None:
    leg, session = made(NEW, ["1", told], ["1"])
    assert leg.dtmf_type is None
    ask(leg)
    ask(leg)
    assert leg.dtmf_type == told
    assert [each[4] for each in session.requests] == [2, 1]


def test_tones_that_were_heard_are_no_info() -> None:
    leg, session = made(ANSWERED.replace(b"rfc2833", b"info"))
    assert leg.dtmf_type == "info"
    session.digit_source = b"INBAND_AUDIO"
    assert leg.dtmf_type == "none"
    session.digit_source = b"ENDPOINT"
    assert leg.dtmf_type == "info"


@pytest.mark.parametrize(
    ("channel", "reply", "settled", "asked"),
    [
        (ANSWERED, ["none"], "rfc2833", 0), (NEW, ["none"], "none", 1), (NEW, [UNSET], None, 1),
        (ANSWERED.replace(b"rfc2833", b"info"), ["rfc2833"], "rfc2833", 1), (NEW, EslConnectionLost("x"), None, 1),
    ],
)  # fmt: skip
def test_at_the_end_it_is_asked_only_where_it_is_not_sure(
    channel: bytes, reply: Any, settled: str | None, asked: int
) -> None:
    leg, session = made(channel, reply)
    leg.settle_dtmf_type()
    assert leg.dtmf_type == settled
    assert session.requests == [(DTMF_TYPE, 1, SHORT_S, "getvar", 1)] * asked


PREPARED = b"Unique-ID: u-1\nvariable_digitree_api: true\nvariable_dtmf_type: none\n"
WITHOUT_EVENTS = PREPARED + b"variable_switch_r_sdp: m=audio 4000 RTP/AVP 0%0D%0A\n"


@pytest.mark.parametrize("hung_up", [False, True])
@pytest.mark.parametrize(
    ("channel", "keyed", "awaited"),
    [
        (WITHOUT_EVENTS, "1", True), (WITHOUT_EVENTS, UNSET, False), (WITHOUT_EVENTS, "", False),
        (WITHOUT_EVENTS, orders.KEY, False),
        (PREPARED, "1", False), (WITHOUT_EVENTS.replace(b"AVP 0", b"AVP 0 101%0D%0Aa=telephone-event"), "1", False),
    ],
)  # fmt: skip
def test_the_source_of_a_digit_is_awaited_at_the_end_where_it_will_be_reported(
    channel: bytes, keyed: str, awaited: bool, hung_up: bool
) -> None:
    leg, session = made(channel.replace(b"none", b"info"), [keyed], ["info", "x"] if hung_up else ["info"])
    leg.answer()
    ask(leg)
    (leg.find_end if hung_up else leg.settle_dtmf_type)()
    assert session.awaited == [2.0] * awaited
    assert leg.dtmf_type == ("none" if awaited else "info")


@pytest.mark.parametrize(
    ("sdp", "reported"), [(b"", False), (b"a=rtpmap:101 telephone-event/8000", False), (b"a=rtpmap:0 PCMU", True)]
)
def test_the_source_of_digits_is_asked_for_where_the_caller_offers_no_events(sdp: bytes, reported: bool) -> None:
    leg, session = made(PREPARED + (b"variable_switch_r_sdp: " + sdp + b"\n" if sdp else b""), ["1"])
    leg.linger()
    ask(leg)
    command, _ = PreparedChannel("u-1").report_sources
    assert (command in session.requests[0][0]) is reported
    assert commands.LINGER in session.requests[0][0]


@pytest.mark.parametrize(
    ("told", "is_local", "passwords"),
    [(b"", True, "in_clear"), (b"", False, "withheld"), (b"true", False, "by_name"), (b"true", True, "by_name"),
     (b"yes", False, "withheld")],
)  # fmt: skip
def test_a_password_goes_to_a_switch_that_knows_its_name_or_is_on_this_machine(
    told: bytes, is_local: bool, passwords: str
) -> None:
    session: Any = Session(NEW + (b"variable_digitree_passwords: " + told + b"\n" if told else b""))
    session.is_local = is_local
    assert Leg(session, []).passwords == passwords


@pytest.mark.parametrize(
    ("channel", "prepared", "uuid"),
    [
        (PREPARED, True, "u-1"), (PREPARED.replace(b"true", b"yes"), False, "u-1"), (ANSWERED, False, "u-1"),
        (PREPARED.replace(b"u-1", b"u 1"), False, "unknown"), (b"variable_digitree_api: true\n", False, "unknown"),
    ],
)  # fmt: skip
def test_only_a_channel_that_our_dialplan_prepared_gets_its_short_form(
    channel: bytes, prepared: bool, uuid: str
) -> None:
    leg, session = made(channel)
    assert leg.channel_uuid == uuid
    assert isinstance(leg._dialect, PreparedChannel) is prepared
    assert session.least_reply_bytes == (LEAST_REPLY_BYTES if prepared else 0)


# -- other verbs --------------------------------------------------------------------------------------------------


def test_what_is_pending_is_played_before_a_prompt_and_a_bridge() -> None:
    for verb in (lambda leg: leg.play(NOISE), lambda leg: leg.store_state(STATE)):
        leg, session = made(NEW)
        leg.with_next(NOISE, plays_s=2.0)
        leg.answer()
        verb(leg)
        opening, answers = EXECUTED.answer
        first = session.requests[0]
        assert first[0].startswith(NOISE)
        assert first[0].endswith(opening)
        assert first[2:] == (32.0, "answer", 1)
        assert first[1] in (1 + answers, 2 + answers)
        leg.flush_pending()
        assert [each[3] for each in session.requests].count("answer") == 1
        leg.with_next(NOISE)
        leg.flush_pending()
        assert session.requests[-1] == (NOISE, 1, 30.0, "answer", 1), "with a time of its own"


def test_a_prompt_is_played_to_its_end() -> None:
    leg, session = made()
    leg.play(NOISE)
    assert session.requests == [(NOISE, 1, PLAY_S, "playback", 1)]


def test_a_caller_who_leaves_hears_nothing_more() -> None:
    leg, session = made(ANSWERED, None)
    with pytest.raises(CallerHungUp):
        leg.play(NOISE)
    for verb in (lambda: leg.play(NOISE), lambda: leg.bridge(Bridge(b"r", b"d", False, 20), STATE)):
        with pytest.raises(CallerHungUp):
            verb()
    leg.hang_up()
    assert len(session.requests) == 1


def test_a_bridge_waits_for_ringing_and_talk_and_reads_its_results(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1_000_999_999, 9_000_000_001])
    monkeypatch.setattr(leg_module.time, "time_ns", lambda: next(times))
    leg, session = made(ANSWERED, ["USER_BUSY", "USER_BUSY", "sip:486", UNSET, UNSET, UNSET])
    bridge = Bridge(b"%(2000,4000,440,480)", b"{a=b}sofia/x/y", False, 20)
    assert leg.bridge(bridge, STATE) == Bridged("USER_BUSY", "USER_BUSY", 486, None, 8000)
    command, replies = EXECUTED.bridge(bridge, STATE)
    assert session.requests == [(command, replies, 20 + TALK_S, "bridge", 6)]


@pytest.mark.parametrize(
    ("left_by", "channel", "end"),
    [
        ("recv_bye", b"", ChannelEnd(True, "NORMAL_CLEARING", True)),
        (UNSET, b"Hangup-Cause: MEDIA_TIMEOUT\n", ChannelEnd(False, "MEDIA_TIMEOUT", True)),
        (UNSET, b"", None),
    ],
)
def test_how_the_call_ended_is_asked(left_by: str, channel: bytes, end: ChannelEnd | None) -> None:
    leg, session = made(NEW + channel, ["none", left_by])
    assert leg.find_end() == end
    assert leg.dtmf_type == "none"
    asked = DTMF_TYPE + commands.getvar("sip_hangup_disposition")
    assert session.requests == [(asked, 2, SHORT_S, "getvar", 2)]


def test_a_switch_that_cannot_be_asked_tells_no_end() -> None:
    leg, _ = made(ANSWERED, EslConnectionLost("closed"))
    assert leg.find_end() is None


@pytest.mark.parametrize(("reply", "listened"), [("timeout", True), (UNSET, False), ("_undef_", False)])
def test_a_question_that_was_not_listened_to_has_no_result(reply: str, listened: bool) -> None:
    leg, session = made(ANSWERED, [reply])
    assert leg.has_listened() is listened
    assert session.requests == [(b"getvar read_result\n\n", 1, SHORT_S, "getvar", 1)]


@pytest.mark.parametrize(("reply", "order"), [("area;x;y", "area;x;y"), (UNSET, None)])
def test_an_order_is_asked_for(reply: str, order: str | None) -> None:
    leg, session = made(ANSWERED, [reply])
    assert leg.find_order() == order
    assert session.requests == [(b"getvar ivr_order\n\n", 1, SHORT_S, "getvar", 1)]


HOLD = commands.getvar("audio_media_flow") + commands.getvar("remote_media_ip") + commands.getvar("ivr_reinvited")
TALKS = ["sendrecv", "192.0.2.1", UNSET]


def test_a_caller_who_did_not_hold_the_call_waits_for_nothing() -> None:
    leg, session = made(ANSWERED, TALKS)
    assert leg.wait_out_hold() is None
    assert session.requests == [(HOLD, 3, SHORT_S, "getvar", 3)]
    leg.flush_pending()
    assert len(session.requests) == 1


@pytest.mark.parametrize("held", [["recvonly", "192.0.2.1", UNSET], ["inactive", "192.0.2.1", UNSET],
                                  ["sendrecv", "0.0.0.0", UNSET]])  # fmt: skip
def test_a_hold_is_waited_out_two_seconds_at_a_time(monkeypatch: pytest.MonkeyPatch, held: list[str]) -> None:
    times = iter([100.0, 100.0, 102.0, 104.5])
    monkeypatch.setattr(hold, "time", SimpleNamespace(monotonic=lambda: next(times)))
    leg, session = made(ANSWERED, held, ["+OK"], held, ["+OK"], TALKS)
    assert leg.wait_out_hold() == 4.5
    waited = (commands.execute("playback", "silence_stream://2000"), 1, SHORT_S, "hold", 1)
    asked = (HOLD, 3, SHORT_S, "getvar", 3)
    assert session.requests == [asked, waited, asked, waited, asked]
    leg.flush_pending()
    assert session.requests[-1][0] == commands.execute("unset", "ivr_reinvited")


def test_a_hold_that_is_over_already_was_one_all_the_same() -> None:
    leg, session = made(ANSWERED, ["sendrecv", "192.0.2.1", "true"])
    assert leg.wait_out_hold() is not None
    assert len(session.requests) == 1


def test_a_hold_ends_with_the_caller_and_after_twenty_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    held = ["recvonly", "192.0.2.1", UNSET]
    leg, session = made(ANSWERED, held, None, held)
    assert leg.wait_out_hold() is not None
    assert leg.hung_up
    assert len(session.requests) == 3
    times = iter([100.0, 1299.9, 1300.0, 1300.0])
    monkeypatch.setattr(hold, "time", SimpleNamespace(monotonic=lambda: next(times)))
    leg, session = made(ANSWERED, held, ["+OK"], held)
    assert leg.wait_out_hold() == 1200.0
    assert len(session.requests) == 3


@pytest.mark.parametrize(("reply", "sent_on"), [("<sip:desk@192.0.2.9>", True), (UNSET, False)])
def test_a_referral_is_asked_for_while_the_caller_is_there(reply: str, sent_on: bool) -> None:
    leg, session = made(ANSWERED, [reply])
    assert leg.is_sent_on() is sent_on
    assert session.requests == [(b"getvar sip_refer_to\n\n", 1, SHORT_S, "getvar", 1)]
    session.hung_up = True
    assert leg.is_sent_on() is False
    assert len(session.requests) == 1


@pytest.mark.parametrize("talk_goes_on", [True, False])
def test_a_caller_is_sent_back_by_our_dialplan(talk_goes_on: bool) -> None:
    leg, session = made()
    leg.forget_referral()
    leg.send_back(talk_goes_on=talk_goes_on)
    talk = commands.execute("set", "originate_disposition=SUCCESS") if talk_goes_on else b""
    sent = commands.execute("unset", "sip_refer_to") + commands.execute("set", "ivr_sent_back=true") + talk
    assert session.requests == [(sent, 3 if talk_goes_on else 2, 30.0, "answer", 1)]


def test_a_state_for_another_worker_goes_alone() -> None:
    leg, session = made(NEW)
    leg.with_next(NOISE, plays_s=9.0)
    leg.answer()
    leg.store_only(STATE)
    stored, replies = EXECUTED.store_state(STATE)
    assert session.requests[0][:2] == (stored, replies)


def test_a_call_is_refused_or_ended() -> None:
    leg, session = made(NEW, ["+OK"], ["+OK"], EslConnectionLost("closed"))
    leg.refuse(404)
    leg.hang_up()
    leg.hang_up("USER_BUSY")
    assert session.requests == [
        (commands.respond(404), 1, SHORT_S, "respond", 1),
        (commands.execute("hangup", "NORMAL_CLEARING"), 1, SHORT_S, "hangup", 1),
        (commands.execute("hangup", "USER_BUSY"), 1, SHORT_S, "hangup", 1),
    ]


def test_a_connection_in_the_course_of_the_callers_hang_up_is_of_one_who_is_gone() -> None:
    leg, _ = made(ANSWERED + b"variable_sip_hangup_disposition: recv_bye\n")
    assert leg.hung_up
    leg.hang_up()
    with pytest.raises(CallerHungUp):
        leg.play(NOISE)
    assert not made(ANSWERED + b"variable_sip_hangup_disposition: send_bye\n")[0].hung_up
