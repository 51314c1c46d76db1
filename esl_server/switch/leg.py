"""The caller's leg as blocking verbs: each is one write and one round trip.

After the caller's hang-up a verb still returns what they did before it, and `hung_up` is set. `play` and `bridge`
raise CallerHungUp.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from esl_server.switch import bridging, commands
from esl_server.switch.bridged import Bridged, read_bridged
from esl_server.switch.bridging import Bridge, Passwords
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.channel_end import BYE, LEFT_BY, ChannelEnd, read_end
from esl_server.switch.commands import Gather, State
from esl_server.switch.dialects import EXECUTED, PREPARED_VARIABLE, Dialect, PreparedChannel
from esl_server.switch.dtmf_type import ASK_DTMF_TYPE, DtmfType
from esl_server.switch.hold import wait_out_hold
from esl_server.switch.keyed import Keypress, read_digits, read_entry, read_key
from esl_server.switch.pending import Heard, Pending, ahead_of
from esl_server.switch.recording import Recorded, Recording, read_recorded, seen
from esl_server.switch.session import LEAST_REPLY_BYTES, Session, is_unset
from ivr.domain import orders
from ivr.domain.errors import CallerHungUp, EslError
from ivr.storage.disk import agent_passwords

log = logging.getLogger(__name__)

SHORT_S = 10.0
# Longest prompt plus longest wait, with room for a slow switch; the interpreter bounds the number of questions.
PLAY_S = 400.0
# An agent may talk for hours; TCP keepalive detects a dead switch earlier.
TALK_S = 12 * 3600.0

_UUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_ANSWER_S = 30.0
_PREPARED = PREPARED_VARIABLE.encode("ascii")
_MIXES = b"digitree_conference"
_KNOWS_PASSWORDS = agent_passwords.FLAG.encode("ascii")
_LEFT_BY = commands.getvar(LEFT_BY)
_LEFT = f"variable_{LEFT_BY}"
_BYE = BYE.encode("ascii")
# Set by mod_sofia on the caller's leg.
REFER_TO = "sip_refer_to"
_REFER_TO = commands.getvar(REFER_TO)


_FORGOTTEN = ChannelData(b"")


class Leg:
    """One channel. Pending commands are sent with the next question, so that they cost no round trip of their own."""

    __slots__ = (
        "_dialect",
        "_dtmf_type",
        "_keeps_digits",
        "_pending",
        "_replied_at",
        "_run",
        "_thought_s",
        "_told_to_linger",
        "channel",
        "channel_uuid",
        "mixes",
        "passwords",
        "session",
    )

    def __init__(self, session: Session, thought_s: list[float]) -> None:
        self.session = session
        self.channel: ChannelData = session.connect()
        # Who is not answered yet has been in no talk that a BYE could end.
        rings = self.channel.find_raw("Answer-State") == b"ringing"
        if not rings and self.channel.find_raw(_LEFT) == _BYE:
            session.hung_up = True  # this connection is part of the caller's hang-up
        raw_uuid = self.channel.find("Unique-ID") or ""
        self.channel_uuid = raw_uuid if _UUID.fullmatch(raw_uuid) else "unknown"
        self._dialect: Dialect = EXECUTED
        ours = self.channel.ours
        if self.channel_uuid == raw_uuid and ours.get(_PREPARED) == b"true":
            self._dialect = PreparedChannel(raw_uuid)
            session.least_reply_bytes = LEAST_REPLY_BYTES
        # What is negotiated late is not known of a caller who is not answered yet.
        self._dtmf_type = DtmfType(session, None if rings else self.channel.find("variable_dtmf_type"))
        # How the password of an agent gets to this switch: it knows a name for it, or it is on this machine.
        self.passwords: Passwords = "in_clear" if session.is_local else "withheld"
        if ours.get(_KNOWS_PASSWORDS) == b"true":
            self.passwords = "by_name"
        # Whether the switch can have more than two in a talk.
        self.mixes = ours.get(_MIXES) == b"true"
        self._pending = Pending()
        # What the key of the last question could cut before its own prompt.
        self._run: list[Heard] = []
        self._keeps_digits = False
        # Gets the seconds from a question's reply to the next question.
        self._thought_s = thought_s
        self._replied_at: float | None = None
        self._told_to_linger = False

    @property
    def hung_up(self) -> bool:
        return self.session.hung_up

    @property
    def lingers(self) -> bool:
        """Whether the switch keeps the socket open after a hang-up: it has replied since it was told to."""
        return self._told_to_linger and self.session.has_replied

    @property
    def answered(self) -> bool:
        return self.channel.find("Answer-State") == "answered"

    @property
    def dtmf_type(self) -> str | None:
        """How digits arrive: rfc2833, info or none (tones only); None: not known (yet)."""
        return self._dtmf_type.known

    def with_next(self, command: bytes, replies: int = 1, plays_s: float = 0.0) -> None:
        """Send this before the next question, after the answering; it plays for `plays_s`."""
        self._pending.plays_s += plays_s
        self._pending.add(command, replies)

    def play_with_next(
        self, path: str, ms: int, state: Callable[[], State], *, is_cut: bool = True, keeps: bool = False
    ) -> None:
        """Play this before the next question. A key ends it and answers that question, if `is_cut`; where another
        command comes first it is played to its end. `keeps`: so does a key that was pressed before. A worker that is
        lost before the question has the call begin with `state`."""
        self._pending.play(Heard(path, ms, lambda: self._dialect.store_state(state())[0], is_cut, keeps))

    def answer(self) -> None:
        """Answer the call before the next question, with a short silence after it."""
        self._pending.opening, self._pending.opening_replies = self._dialect.answer
        self._await_lingering()
        self._have_sources_reported()

    def linger(self) -> None:
        """Keep the socket open after the caller's hang-up; answering does so, too."""
        self.with_next(commands.LINGER)
        self._await_lingering()
        self._have_sources_reported()

    def _await_lingering(self) -> None:
        self._told_to_linger, self.session.has_replied = True, False

    def keep_digits(self, yes: bool = True) -> None:
        """Digits waiting in the channel's queue answer the next question."""
        self._keeps_digits = yes

    def keep_digits_ahead(self) -> None:
        """`keep_digits`, and those pressed during what is played right before it, too."""
        self._keeps_digits = True
        self._pending.uncut()

    def ahead(self, gather: Gather, *, keeps: bool) -> Gather:
        """The question with the pending prompts that its key cuts before its own. `keeps`: keys that were pressed
        before these prompts, or during one that is played to its end, count for it."""
        if not self._pending.behind:
            self._run = []
            return gather
        had_uncut = self._pending.has_uncut
        run = self._pending.cut_by_key(keeps=keeps)
        if run and run[0].keeps:
            self._keeps_digits = True
        elif had_uncut and not keeps:
            self._keeps_digits = False
            self.with_next(commands.FLUSH_DIGITS)
        self._run = run
        return ahead_of(gather, run)

    def play_again(self) -> int:
        """Play the prompts before the last question once more, before the next one: the key that cut them counts for
        nothing. The milliseconds that they take."""
        for each in self._run:
            self._pending.play(each)
        return sum(each.ms for each in self._run)

    def play_until_key(self, variable: bytes, state: State) -> str | None:
        """Store the call state and play what is pending, at once, until a key is pressed: the key, which the variable
        has, too. Those that are pressed from then on count for the next question."""
        had_uncut = self._pending.has_uncut
        run = self._pending.cut_by_key(keeps=False)
        self.store_with_next(state)
        if not run:
            self.flush_pending()
            return None
        if had_uncut or not (run[0].keeps or self._keeps_digits or self._pending.opening):
            self.with_next(commands.FLUSH_DIGITS)
        self.with_next(commands.play_until_key([each.path for each in run], variable))
        self.with_next(b"getvar %b\n\n" % variable)
        self._keeps_digits = True
        text = self._send_pending()
        self._dtmf_type.note_reply(text)
        return read_key(text, 0).digit

    def skip_pending(self) -> bool:
        """Leave out the pending prompts that a key cuts which was pressed before; whether one stays, which none
        cuts."""
        return self._pending.skip()

    def store_with_next(self, state: State) -> None:
        """Store the call state before the next question, and before the answering."""
        self._pending.store(*self._dialect.store_state(state))

    def store_state(self, state: State) -> None:
        """Store the call state at once, where no question follows that would."""
        self.store_with_next(state)
        self.flush_pending()

    def store_only(self, state: State) -> None:
        """Store the call state for another worker and drop everything pending; raises EslError."""
        self._pending.drop()
        self.store_state(state)

    def ask(
        self, gather: Gather, variable: bytes, state: State, wait_s: float, sent: Callable[[], None] | None = None
    ) -> Keypress:
        """Store the call state, empty the queue of digits (unless `keep_digits`, or the call was answered right
        before), play and listen, read the digit: one write and one round trip. `sent` is called as soon as the
        commands are written."""
        return read_key(*self._ask(gather, variable, state, wait_s, sent))

    def ask_digits(self, gather: Gather, variable: bytes, state: State, wait_s: float) -> Keypress:
        """`ask` for 1 to 16 decimal digits (esl_server.switch.keyed.read_digits)."""
        return read_digits(*self._ask(gather, variable, state, wait_s, None))

    def ask_entry(
        self,
        gather: Gather,
        variable: bytes,
        state: State,
        wait_s: float,
        sent: Callable[[], None] | None = None,
        limit_s: int = 0,
    ) -> Keypress:
        """`ask` for digits, `*` and `#`, one or several (esl_server.switch.keyed.read_entry). TIME_OVER is pressed
        after `limit_s`, 0: never; `stop_clock` takes that back."""
        return read_entry(*self._ask(gather, variable, state, wait_s, sent, limit_s))

    def stop_clock(self) -> None:
        """With the next command."""
        self.with_next(*self._dialect.stop_clock)

    def _ask(
        self,
        gather: Gather,
        variable: bytes,
        state: State,
        wait_s: float,
        sent: Callable[[], None] | None,
        limit_s: int = 0,
    ) -> tuple[str, int]:
        pending = self._pending
        if pending.behind:
            pending.settle()
        keeps_digits = self._keeps_digits or bool(pending.opening)
        command, replies = self._dialect.question(
            gather, variable, state, keep_digits=keeps_digits, opening=pending.opening, limit_s=limit_s
        )
        timeout_s = wait_s + PLAY_S
        if pending.prefix or keeps_digits or pending.plays_s:
            command = pending.prefix + command
            replies += pending.prefix_replies + pending.opening_replies
            timeout_s += pending.plays_s
            pending.clear()
            self._keeps_digits = False
        # From the first question on, the 7 kB of channel data are not needed any more.
        self.channel = self.session.session_data = _FORGOTTEN
        began = time.monotonic()
        if self._replied_at is not None:
            self._thought_s.append(began - self._replied_at)
        if self._dtmf_type.told is None and self._replied_at is None:
            request = command + ASK_DTMF_TYPE, replies + 1, timeout_s, "gather", sent
            text, told = self.session.request(*request, wanted=2)
            self._dtmf_type.note(told)
        else:
            text = self.session.request(command, replies, timeout_s, "gather", sent)[0]
        self._dtmf_type.note_reply(text)
        self._replied_at = now = time.monotonic()
        return text, round((now - began) * 1000)

    def _have_sources_reported(self) -> None:
        if not self._dialect.report_sources[1]:
            return
        offer = self.channel.find_raw("variable_switch_r_sdp")
        if offer is not None and offer.find(b"telephone-event") < 0:
            self.with_next(*self._dialect.report_sources)
            self._dtmf_type.sources_are_reported()

    def has_listened(self) -> bool:
        """Whether FreeSWITCH listened for the last question: it does not when it cannot open the file, and leaves
        `read_result` unset."""
        return not is_unset(self.session.request(commands.getvar("read_result"), 1, SHORT_S, "getvar")[0])

    def wait_out_hold(self) -> float | None:
        """The seconds waited while the caller has the call on hold, 20 minutes at most; None where there was no hold
        since the last question. `hung_up` may be set afterwards."""
        held_s = wait_out_hold(self.session, SHORT_S)
        if held_s is not None:
            self.with_next(commands.FORGET_REINVITE)
        return held_s

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

    def sees(self, path: str) -> bool:
        """Whether the switch has this file; what is pending is played before."""
        self.flush_pending()
        return self.session.request(*seen(path), SHORT_S, "file_exists")[0] == "true"

    def record(self, recording: Recording, state: State) -> Recorded:
        """Record what the caller says until it ends."""
        self.flush_pending()
        command, replies, wanted = recording.commands(*self._dialect.store_state(state))
        timeout_s = recording.longest_s + PLAY_S
        return read_recorded(*self.session.request(command, replies, timeout_s, "record", wanted=wanted))

    def bridge(self, bridge: Bridge, state: State) -> Bridged:
        """Connect to the agent; returns when the talk has ended or the agent did not answer."""
        self.flush_pending()
        self._require_caller()
        began_ms = time.time_ns() // 1_000_000
        command, replies = self._dialect.bridge(bridge, state)
        timeout_s, wanted = bridge.ring_s + TALK_S, len(bridging.BRIDGE_RESULTS) + bridge.is_race
        results = self.session.request(command, replies, timeout_s, "bridge", wanted=wanted)
        return read_bridged(began_ms, time.time_ns() // 1_000_000, *results)

    def is_sent_on(self) -> bool:
        """Whether the agent sent the caller on by REFER, so that the switch takes the call elsewhere."""
        if self.hung_up:
            return False
        return not is_unset(self.session.request(_REFER_TO, 1, SHORT_S, "getvar")[0])

    def forget_referral(self) -> None:
        """Remove the agent's REFER from the channel with the next command."""
        self.with_next(commands.execute("unset", REFER_TO))

    def send_back(self, *, talk_goes_on: bool = False) -> None:
        """Let our dialplan connect the caller to the agent again once the socket is closed. `talk_goes_on`: another
        address was rung meanwhile, whose failure is not the end of that talk."""
        self.with_next(commands.SENT_BACK)
        if talk_goes_on:
            self.with_next(commands.execute("set", f"{bridging.BRIDGE_RESULTS[0]}=SUCCESS"))
        self.flush_pending()

    def find_end(self) -> ChannelEnd | None:
        """How the call ended, None when the switch cannot be asked any more. Takes one round trip for a BYE, two for
        any other end."""
        try:
            told, left_by = self.session.request(ASK_DTMF_TYPE + _LEFT_BY, 2, SHORT_S, "getvar", wanted=2)
            self._dtmf_type.note(told)
            self._dtmf_type.await_source()
            if left_by == BYE:
                return ChannelEnd(by_caller=True, cause="NORMAL_CLEARING", was_answered=True)
            return read_end(self.session.read_channel())
        except EslError:
            return None

    def settle_dtmf_type(self) -> None:
        """Ask for it where no question did, or where only the source of the last digit tells."""
        if self._dtmf_type.told in (None, "info"):
            try:
                self._dtmf_type.note(self.session.request(ASK_DTMF_TYPE, 1, SHORT_S, "getvar")[0])
                self._dtmf_type.await_source()
            except EslError as error:
                log.debug("%s: how digits came is not known: %s", self.channel_uuid, error)

    def refuse(self, status: int) -> None:
        """Refuse an unanswered call with a SIP status; FreeSWITCH then closes the socket."""
        self.with_next(commands.respond(status))
        command, replies, _ = self._pending.take()
        self.session.request(command, replies, SHORT_S, "respond")

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
        """Prompts among it are played to their end."""
        if self._pending.behind:
            self._pending.settle()
        if self._pending.prefix or self._pending.opening:
            self._send_pending()

    def _send_pending(self) -> str:
        """The last reply."""
        command, replies, plays_s = self._pending.take()
        return self.session.request(command, replies, _ANSWER_S + plays_s, "answer")[0]

    def _require_caller(self) -> None:
        if self.hung_up:
            raise CallerHungUp
