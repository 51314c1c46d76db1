"""The caller's leg as blocking verbs: each is one write and one round trip.

After the caller's hang-up a verb still returns what they did before it, and `hung_up` is set. `play` and `bridge`
raise CallerHungUp.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from esl_server.switch import commands
from esl_server.switch.commands import Bridge, Gather, State
from esl_server.switch.dialects import EXECUTED, PREPARED_VARIABLE, Dialect, PreparedChannel
from esl_server.switch.session import LEAST_REPLY_BYTES, UNSET, ChannelData, Session, is_unset
from ivr.domain import orders
from ivr.domain.errors import CallerHungUp, EslError, EslProtocolError
from ivr.domain.numbers import E164, parse_ani

log = logging.getLogger(__name__)

SHORT_S = 10.0
# Longest prompt plus longest wait, with room for a slow switch; the interpreter bounds the number of questions.
PLAY_S = 400.0
# An agent may talk for hours; TCP keepalive detects a dead switch earlier.
TALK_S = 12 * 3600.0

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_SIP_CAUSE = re.compile(r"sip:([1-6][0-9]{2})", re.ASCII)
DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
_REPORT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_ANSWER_S = 30.0
_PREPARED = f"variable_{PREPARED_VARIABLE}"
# FreeSWITCH has a seventeenth digit, F for a hook flash.
_DTMF = frozenset("0123456789*#ABCDF")
_LEFT_BY = commands.getvar("sip_hangup_disposition")


_FORGOTTEN = ChannelData(b"")


class Bridged(NamedTuple):
    """How a bridge ended. `sip_status` is the agent's refusal; `ring_ms` and `talk_ms` are None when the channel has
    no time of the answer. `reported` is the agent's report of the call (X-IVR-Result)."""

    disposition: str
    cause: str | None
    sip_status: int | None
    talk_ms: int | None
    ring_ms: int | None = None
    reported: str | None = None


class Keypress(NamedTuple):
    """The reply to a question: the digit (any DTMF) or None, and the milliseconds from asking to reply."""

    digit: str | None
    ms: int


class Leg:
    """One channel. Pending commands are sent with the next question, so that they cost no round trip of their own:
    `_prefix` before the call state, `_opening` (the answering and what follows it) after it."""

    __slots__ = (
        "_dialect",
        "_keeps_digits",
        "_opening",
        "_opening_replies",
        "_plays_s",
        "_prefix",
        "_prefix_replies",
        "_replied_at",
        "_thought_s",
        "channel",
        "channel_uuid",
        "session",
    )

    def __init__(self, session: Session, thought_s: list[float]) -> None:
        self.session = session
        self.channel: ChannelData = session.connect()
        raw_uuid = self.channel.find("Unique-ID") or ""
        self.channel_uuid = raw_uuid if _UUID.fullmatch(raw_uuid) else "unknown"
        self._dialect: Dialect = EXECUTED
        if self.channel_uuid == raw_uuid and self.channel.find_raw(_PREPARED) == b"true":
            self._dialect = PreparedChannel(raw_uuid)
            session.least_reply_bytes = LEAST_REPLY_BYTES
        self._prefix = b""
        self._prefix_replies = 0
        self._opening = b""
        self._opening_replies = 0
        # How long the pending playbacks take.
        self._plays_s = 0.0
        self._keeps_digits = False
        # Gets the seconds from a question's reply to the next question.
        self._thought_s = thought_s
        self._replied_at: float | None = None

    @property
    def hung_up(self) -> bool:
        return self.session.hung_up

    @property
    def answered(self) -> bool:
        return self.channel.find("Answer-State") == "answered"

    def with_next(self, command: bytes, replies: int = 1, plays_s: float = 0.0) -> None:
        """Send this before the next question, after the answering; it plays for `plays_s`."""
        self._plays_s += plays_s
        if self._opening:
            self._opening += command
            self._opening_replies += replies
        else:
            self._prefix += command
            self._prefix_replies += replies

    def answer(self) -> None:
        """Answer the call before the next question, with a short silence after it."""
        self._opening, self._opening_replies = self._dialect.answer

    def linger(self) -> None:
        """Keep the socket open after the caller's hang-up; answering does so, too."""
        self.with_next(commands.LINGER)

    def keep_digits(self) -> None:
        """Digits waiting in the channel's queue answer the next question."""
        self._keeps_digits = True

    def store_with_next(self, state: State) -> None:
        """Store the call state before the next question, and before the answering."""
        stored, replies = self._dialect.store_state(state)
        self._prefix, self._prefix_replies = self._prefix + stored, self._prefix_replies + replies

    def store_state(self, state: State) -> None:
        """Store the call state at once, where no question follows that would."""
        self.store_with_next(state)
        self.flush_pending()

    def store_only(self, state: State) -> None:
        """Store the call state for another worker and drop everything pending; raises EslError."""
        self._prefix, self._prefix_replies, self._opening, self._opening_replies = b"", 0, b"", 0
        self.store_state(state)

    def ask(
        self, gather: Gather, variable: bytes, state: State, wait_s: float, sent: Callable[[], None] | None = None
    ) -> Keypress:
        """Store the call state, empty the queue of digits (unless `keep_digits`), play and listen, read the digit:
        one write and one round trip. `sent` is called as soon as the commands are written."""
        text, ms = self._ask(gather, variable, state, wait_s, sent)
        if text in _DTMF:
            return Keypress(text, ms)
        if text.startswith("+"):
            raise EslProtocolError(f"the reply to another command: {text[:20]!r}")
        if text and not is_unset(text):
            log.warning("invalid digit: %r", text[:20])
        return Keypress(None, ms)

    def ask_digits(self, gather: Gather, variable: bytes, state: State, wait_s: float) -> Keypress:
        """`ask` for several digits; None for anything that is not 1 to 16 decimal digits."""
        digits, ms = self._ask(gather, variable, state, wait_s, None)
        return Keypress(digits if DIGITS.fullmatch(digits) else None, ms)

    def _ask(
        self, gather: Gather, variable: bytes, state: State, wait_s: float, sent: Callable[[], None] | None
    ) -> tuple[str, int]:
        question, replies = self._dialect.question(
            gather, variable, state, keep_digits=self._keeps_digits, opening=self._opening
        )
        command = self._prefix + question
        replies += self._prefix_replies + self._opening_replies
        timeout_s = wait_s + PLAY_S + self._plays_s
        self._prefix, self._prefix_replies, self._keeps_digits = b"", 0, False
        self._opening, self._opening_replies, self._plays_s = b"", 0, 0.0
        # From the first question on, the 7 kB of channel data are not needed any more.
        self.channel = self.session.session_data = _FORGOTTEN
        began = time.monotonic()
        if self._replied_at is not None:
            self._thought_s.append(began - self._replied_at)
        text = self.session.request(command, replies, timeout_s, "gather", sent)[0]
        self._replied_at = now = time.monotonic()
        return text, round((now - began) * 1000)

    def has_listened(self) -> bool:
        """Whether FreeSWITCH listened for the last question: it does not when it cannot open the file, and leaves
        `read_result` unset."""
        return not is_unset(self.session.request(commands.getvar("read_result"), 1, SHORT_S, "getvar")[0])

    def find_order(self) -> str | None:
        """The order given to this call (ivr.domain.orders), with its signature not yet checked."""
        text = self.session.request(commands.getvar(orders.VARIABLE), 1, SHORT_S, "getvar")[0]
        return None if is_unset(text) else text

    def play(self, playback: bytes) -> None:
        """Play to the end; raises CallerHungUp when the caller left before or during it."""
        self.flush_pending()
        self._require_caller()
        self.session.request(playback, 1, PLAY_S, "playback")
        self._require_caller()

    def bridge(self, bridge: Bridge, state: State) -> Bridged:
        """Connect to the agent; returns when the talk has ended or the agent did not answer."""
        self.flush_pending()
        self._require_caller()
        began_ms = time.time_ns() // 1_000_000
        command, replies = self._dialect.bridge(bridge, state)
        timeout_s, wanted = bridge.ring_s + TALK_S, len(commands.BRIDGE_RESULTS)
        results = self.session.request(command, replies, timeout_s, "bridge", wanted=wanted)
        return _bridged(began_ms, time.time_ns() // 1_000_000, *results)

    def caller_left_by(self) -> str | None:
        """`recv_bye` or `recv_cancel` when the caller ended the call; None: something else did, or it is not known.
        `hangup_cause` is not set while the socket lingers."""
        try:
            disposition = self.session.request(_LEFT_BY, 1, SHORT_S, "getvar")[0]
        except EslError:
            return None
        return disposition if disposition in ("recv_bye", "recv_cancel") else None

    def refuse(self, status: int) -> None:
        """Refuse an unanswered call with a SIP status; FreeSWITCH then closes the socket."""
        self.session.request(commands.respond(status), 1, SHORT_S, "respond")

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """End the call; nothing happens when the caller or the socket is already gone."""
        if self.hung_up:
            return
        try:
            self.flush_pending()
            self.session.request(*self._dialect.hangup(cause), SHORT_S, "hangup")
        except EslError:
            return

    def flush_pending(self) -> None:
        if self._prefix or self._opening:
            command, replies = self._prefix + self._opening, self._prefix_replies + self._opening_replies
            timeout_s = _ANSWER_S + self._plays_s
            self._prefix, self._prefix_replies, self._opening, self._opening_replies = b"", 0, b"", 0
            self._plays_s = 0.0
            self.session.request(command, replies, timeout_s, "answer")

    def _require_caller(self) -> None:
        if self.hung_up:
            raise CallerHungUp


def find_earlier_bridge(channel: ChannelData, began_ms: int, now_ms: int) -> Bridged | None:
    """The result of a bridge that ended while no worker was connected; None: there was none."""
    values = [channel.find(f"variable_{name}") for name in commands.BRIDGE_RESULTS]
    if values[0] is None or is_unset(values[0]):
        return None
    return _bridged(began_ms, now_ms, *(UNSET if value is None else value for value in values))


def _bridged(
    began_ms: int,
    now_ms: int,
    disposition: str,
    cause: str,
    protocol_cause: str,
    bridged_us: str,
    in_answer: str,
    in_bye: str,
) -> Bridged:
    """The values of BRIDGE_RESULTS, read."""
    status = _SIP_CAUSE.fullmatch(protocol_cause)
    has_time = bridged_us.isdigit() and len(bridged_us) < 20
    talk_ms = ring_ms = None
    if disposition != "SUCCESS":
        ring_ms = now_ms - began_ms
    elif has_time:
        answered_ms = int(bridged_us) // 1000
        talk_ms, ring_ms = max(0, now_ms - answered_ms), max(0, answered_ms - began_ms)
    return Bridged(
        printable(disposition),
        None if is_unset(cause) else printable(cause),
        int(status[1]) if status else None,
        talk_ms,
        ring_ms,
        # A report in the BYE replaces one in the 200.
        next((said for said in (in_bye, in_answer) if not is_unset(said) and _REPORT.fullmatch(said)), None),
    )


def caller_of(channel: ChannelData, region: str) -> tuple[E164 | None, str]:
    """The caller's number, normalised (None: withheld, or not a number) and as received, printable."""
    raw = channel.find("Caller-Caller-ID-Number") or ""
    return parse_ani(raw, region), printable(raw)


def printable(raw: str) -> str:
    """At most 128 characters, control characters shown as `?`, so that a log line stays one line."""
    if len(raw) <= 128 and raw.isprintable():
        return raw
    return "".join(c if c.isprintable() else "?" for c in raw[:128])
