"""The caller's leg in blocking verbs: each is one write and one round trip.

A verb that finds the caller gone still returns what he did before; `hung_up` tells, and `tell` and `bridge`
raise CallerHungUp when there is nobody left to hear them.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from esl_server.switch import commands
from esl_server.switch import dialects as means
from esl_server.switch.commands import Bridge, Gather, State
from esl_server.switch.dialects import Dialect
from esl_server.switch.session import LEAST_REPLY_BYTES, UNSET, ChannelData, Session, is_unset
from ivr.domain import orders
from ivr.domain.errors import CallerHungUp, EslError, EslProtocolError
from ivr.domain.numbers import E164, parse_ani

log = logging.getLogger(__name__)

SHORT_S = 10.0
# Longest prompt plus longest wait, with room for a slow switch; the interpreter bounds the number of them.
PLAY_S = 400.0
# An agent may talk for hours; a dead switch is found by TCP keepalive, not by this.
TALK_S = 12 * 3600.0

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_SIP_CAUSE = re.compile(r"sip:([1-6][0-9]{2})", re.ASCII)
DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)
_REPORT = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_ANSWER_S = 30.0
_PREPARED = f"variable_{means.PREPARED_VARIABLE}"
# FreeSWITCH knows a seventeenth, F for a flash of the hook.
_DTMF = frozenset("0123456789*#ABCDF")
_LEFT_BY = commands.getvar("sip_hangup_disposition")


_FORGOTTEN = ChannelData(b"")


class Bridged(NamedTuple):
    """How a bridge ended. `sip_status` is the agent's refusal; `ring_ms` and `talk_ms` are None when nobody noted the
    moments. `reported` is what the agent said of the call."""

    disposition: str
    cause: str | None
    sip_status: int | None
    talk_ms: int | None
    ring_ms: int | None = None
    reported: str | None = None


class Keypress(NamedTuple):
    """What a question brought: the key (any DTMF) or None, and the milliseconds from asking to reply."""

    key: str | None
    ms: int


class Leg:
    """One channel. `prefix` holds commands to be sent with the next question, so that they cost no trip."""

    __slots__ = (
        "_answered_at",
        "_keeps_keys",
        "_means",
        "_opening",
        "_opening_replies",
        "_prefix",
        "_prefix_replies",
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
        self._means: Dialect = means.EXECUTED
        if self.channel_uuid == raw_uuid and self.channel.find_raw(_PREPARED) == b"true":
            self._means = means.PreparedChannel(raw_uuid)
            session.least_reply_bytes = LEAST_REPLY_BYTES
        self._prefix = b""
        self._prefix_replies = 0
        # The answering, and what is said after it: it comes behind the place.
        self._opening = b""
        self._opening_replies = 0
        self._keeps_keys = False
        # Seconds from a question's reply to the next question go there.
        self._thought_s = thought_s
        self._answered_at: float | None = None

    @property
    def hung_up(self) -> bool:
        return self.session.hung_up

    @property
    def answered(self) -> bool:
        return self.channel.find("Answer-State") == "answered"

    def with_next(self, command: bytes, replies: int = 1) -> None:
        """Send this in front of the next question, after the answer."""
        if self._opening:
            self._opening += command
            self._opening_replies += replies
        else:
            self._prefix += command
            self._prefix_replies += replies

    def answer(self) -> None:
        """With the silence that follows it."""
        self._opening, self._opening_replies = self._means.answer

    def carry_on(self) -> None:
        """What a taken-over socket needs before anything else."""
        if self.answered:
            self.with_next(commands.LINGER)
        else:
            self.answer()

    def keep_keys(self) -> None:
        """What waits in the key queue is the answer to the next question."""
        self._keeps_keys = True

    def carry(self, state: State) -> None:
        """Store the place where no question follows that would."""
        place, replies = self._means.place(state)
        self._prefix, self._prefix_replies = self._prefix + place, self._prefix_replies + replies
        self.flush_pending()

    def leave(self, state: State) -> None:
        """Store the place for another worker and nothing else; raises EslError."""
        self._prefix, self._prefix_replies, self._opening, self._opening_replies = b"", 0, b"", 0
        self.carry(state)

    def ask(
        self, gather: Gather, variable: bytes, state: State, wait_s: float, sent: Callable[[], None] | None = None
    ) -> Keypress:
        """Store the place, empty the key queue (unless `keep_keys`), play and listen, read the key: one write and
        one round trip."""
        key, ms = self._asked(gather, variable, state, wait_s, sent)
        if key in _DTMF:
            return Keypress(key, ms)
        if key.startswith("+"):
            raise EslProtocolError(f"the reply to another command: {key[:20]!r}")
        if key and not is_unset(key):
            log.warning("a key that is none: %r", key[:20])
        return Keypress(None, ms)

    def ask_digits(self, gather: Gather, variable: bytes, state: State, wait_s: float) -> Keypress:
        """`ask` for several keys; what is no row of digits is None."""
        digits, ms = self._asked(gather, variable, state, wait_s, None)
        return Keypress(digits if DIGITS.fullmatch(digits) else None, ms)

    def _asked(
        self, gather: Gather, variable: bytes, state: State, wait_s: float, sent: Callable[[], None] | None
    ) -> tuple[str, int]:
        question, replies = self._means.question(
            gather, variable, state, keep_keys=self._keeps_keys, opening=self._opening
        )
        command = self._prefix + question
        replies += self._prefix_replies + self._opening_replies
        self._prefix, self._prefix_replies, self._keeps_keys = b"", 0, False
        self._opening, self._opening_replies = b"", 0
        # Once the menu speaks, the 7 kB that the switch told about the channel are of no more use.
        self.channel = self.session.session_data = _FORGOTTEN
        began = time.monotonic()
        if self._answered_at is not None:
            self._thought_s.append(began - self._answered_at)
        key = self.session.request(command, replies, wait_s + PLAY_S, "gather", sent)[0]
        self._answered_at = now = time.monotonic()
        return key, round((now - began) * 1000)

    def listened(self) -> bool:
        """Whether the last question was asked at all: FreeSWITCH does not listen when it cannot open the file, and
        leaves `read_result` unset then."""
        return not is_unset(self.session.request(commands.getvar("read_result"), 1, SHORT_S, "getvar")[0])

    def find_order(self) -> str | None:
        """What somebody wants this call to do (ivr.domain.orders), unchecked."""
        text = self.session.request(commands.getvar(orders.VARIABLE), 1, SHORT_S, "getvar")[0]
        return None if is_unset(text) else text

    def tell(self, playback: bytes) -> None:
        """Play to the end; raises CallerHungUp when he left before or while it played."""
        self.flush_pending()
        self._require_caller()
        self.session.request(playback, 1, PLAY_S, "playback")
        self._require_caller()

    def bridge(self, bridge: Bridge, state: State) -> Bridged:
        """Connect to the agent; returns when the two have parted or the agent could not be had."""
        self.flush_pending()
        self._require_caller()
        began_ms = time.time_ns() // 1_000_000
        command, replies = self._means.bridge(bridge, state)
        timeout_s, told = bridge.ring_s + TALK_S, len(commands.BRIDGE_RESULTS)
        return _bridged(began_ms, *self.session.request(command, replies, timeout_s, "bridge", told=told))

    def earlier_bridge(self, began_ms: int) -> Bridged | None:
        """What the channel data say of a bridge that ended while nobody was there; None: there was none."""
        values = [self.channel.find(f"variable_{name}") for name in commands.BRIDGE_RESULTS]
        if values[0] is None or is_unset(values[0]):
            return None
        return _bridged(began_ms, *(UNSET if value is None else value for value in values))

    def caller_left_by(self) -> str | None:
        """`recv_bye` or `recv_cancel` when the caller himself ended a call that is over; None: something else did, or
        nobody tells. `hangup_cause` is not set while the socket lingers."""
        try:
            told = self.session.request(_LEFT_BY, 1, SHORT_S, "getvar")[0]
        except EslError:
            return None
        return told if told in ("recv_bye", "recv_cancel") else None

    def refuse(self, status: int) -> None:
        """Refuse an unanswered call with a SIP status; FreeSWITCH closes the socket after it."""
        self.session.request(commands.respond(status), 1, SHORT_S, "respond")

    def hang_up(self, cause: str = "NORMAL_CLEARING") -> None:
        """End the call; that the caller or the socket is gone already is no matter."""
        if self.hung_up:
            return
        try:
            self.flush_pending()
            self.session.request(*self._means.hangup(cause), SHORT_S, "hangup")
        except EslError:
            return

    def flush_pending(self) -> None:
        if self._prefix or self._opening:
            command, replies = self._prefix + self._opening, self._prefix_replies + self._opening_replies
            self._prefix, self._prefix_replies, self._opening, self._opening_replies = b"", 0, b"", 0
            self.session.request(command, replies, _ANSWER_S, "answer")

    def _require_caller(self) -> None:
        if self.hung_up:
            raise CallerHungUp


def _bridged(
    began_ms: int, disposition: str, cause: str, protocol_cause: str, bridged_us: str, in_answer: str, in_bye: str
) -> Bridged:
    status = _SIP_CAUSE.fullmatch(protocol_cause)
    now_ms = time.time_ns() // 1_000_000
    noted = bridged_us.isdigit() and len(bridged_us) < 20
    talk_ms = ring_ms = None
    if disposition != "SUCCESS":
        ring_ms = now_ms - began_ms
    elif noted:
        answered_ms = int(bridged_us) // 1000
        talk_ms, ring_ms = max(0, now_ms - answered_ms), max(0, answered_ms - began_ms)
    return Bridged(
        printable(disposition),
        None if is_unset(cause) else printable(cause),
        int(status[1]) if status else None,
        talk_ms,
        ring_ms,
        # What he said last counts.
        next((said for said in (in_bye, in_answer) if not is_unset(said) and _REPORT.fullmatch(said)), None),
    )


def caller_of(channel: ChannelData, region: str) -> tuple[E164 | None, str]:
    """The caller's number, normalised (None: withheld, forged or no number) and as received, printable."""
    raw = channel.find("Caller-Caller-ID-Number") or ""
    return parse_ani(raw, region), printable(raw)


def printable(raw: str) -> str:
    """At most 128 characters, control characters shown as `?`, so that a log line stays one line."""
    if len(raw) <= 128 and raw.isprintable():
        return raw
    return "".join(c if c.isprintable() else "?" for c in raw[:128])
