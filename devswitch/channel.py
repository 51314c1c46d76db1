"""One call's channel: its variables, its time, the keys that wait on it, and what the caller has heard.

Theory of operation. Keys take FreeSWITCH's two steps. A key pressed while no application reads media lies unread in
the RTP socket (`_unread`); the next application that reads media moves such keys, one at a time, into the channel's
queue (`_queue`), and flush_dtmf empties only that queue. `listen` is the one place where a media-reading application
lets time pass: it returns at a key, a hang-up, or the deadline.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from gevent.event import Event

from devswitch import channel_data
from devswitch.caller import Caller, CallerAct, DtmfSource
from devswitch.clock import CallClock
from devswitch.conference_commands import JoinDial, is_guard, lets_go, read_dial
from devswitch.expand import expand_variables, has_variable
from devswitch.media import FRAME_MS, ChannelSound, HeardSound, to_frame

# Time to read one packet out of a socket that has filled up (measured: keys 5-10 ms apart).
_UNREAD_KEY_MS = 5.0
# FreeSWITCH reads a file in blocks of this many samples and counts whole blocks in playback_samples.
_BLOCK_SAMPLES = 16384
_FRAME_SAMPLES = 160

# Answering takes as long as a 200 and its ACK on loopback.
_ANSWER_MS = 2.0
API_COMMAND_RAN = "an API command would have run inside FreeSWITCH"


def _never() -> bool:
    return False


class Hearing(Protocol):
    """The sound of a caller who is no script."""

    def take(self) -> bytes:
        """What came since it was last taken: 8 kHz, mono, 16 bit."""

    def stop(self) -> None: ...


@dataclass
class Dtmf:
    """A key the caller pressed, and what became of it."""

    key: str
    at_ms: float  # since the call came in
    # unread, queued, gather, playback, ignored_by_playback, record, ignored_by_record, flushed, agent
    fate: str = "unread"
    into: str = ""  # the file that was playing when it was pressed
    into_ms: float = 0.0
    source: DtmfSource = "RTP"


@dataclass(frozen=True)
class ChannelNote:
    """One line of the call's story, for a live view of the call."""

    at_ms: float
    # ring, early, answer, play, cut, key, gather, gathered, dial, ringback, displaced, agent, hangup, socket
    kind: str
    text: str


class Channel:
    """The channel that applications act upon."""

    def __init__(
        self,
        who: channel_data.Identity,
        caller: Caller,
        clock: CallClock,
        extra_variables: Mapping[str, str] | None = None,
        header_overrides: Mapping[str, str] | None = None,
        on_note: Callable[[ChannelNote], None] | None = None,
    ) -> None:
        self.who = who
        self.caller = caller
        self.clock = clock
        self.wake = Event()  # something outside the call's schedule happened
        self.header_overrides = dict(header_overrides or {})
        self.variables = channel_data.initial_variables(who)
        for name, value in (extra_variables or {}).items():
            self.set(name, value)
        self.answered_ms: float | None = None
        self.media_ready = False
        self.hangup_cause = ""
        self.hung_up_ms = 0.0
        self.hung_up_by = ""
        self.sip_status: int | None = None  # the refusal, when the call was never answered
        self.heard: list[HeardSound] = []
        self.dtmf: list[Dtmf] = []
        self.violations: list[str] = []
        self.gathers = 0
        self.dtmf_to_agent = False
        # The file that is heard in place of all other sound.
        self.displaced_by = ""
        # FreeSWITCH's event DTMF: each key that an application takes.
        self.on_dequeued: Callable[[Dtmf], None] | None = None
        # Begins to collect what the caller says; None: they follow a script, which tells that.
        self.hear: Callable[[], Hearing] | None = None
        # Of record_session: path, and when it began.
        self.sessions: dict[str, float] = {}
        # Who is to be dialled into a talk of several.
        self.dialled: list[JoinDial] = []
        # Those that record talks alone.
        self.talks_alone: set[str] = set()
        self._playing: HeardSound | None = None
        self._unread: deque[Dtmf] = deque()
        self._queue: deque[Dtmf] = deque()
        # What FreeSWITCH's scheduler presses.
        self._later: list[CallerAct] = []
        self._on_note = on_note

    # -- variables ---------------------------------------------------------------------------------------------------

    def set(self, name: str, value: str | None) -> None:
        """Set a variable, or unset it if the value is None or empty; a variable set again moves to the end."""
        self.variables.pop(name, None)
        if name and value:
            self.variables[name] = value

    def set_checked(self, name: str, value: str | None) -> None:
        """Like `set`, but refuse a value that holds a variable, as FreeSWITCH does."""
        if value and has_variable(value):
            self.violation(f"{name} would hold {value!r}: FreeSWITCH refuses a value with a variable in it")
            return
        self.set(name, value)

    def find_variable(self, name: str) -> str | None:
        """A channel variable, or a field of the caller profile by FreeSWITCH's name for it."""
        value = self.variables.get(name)
        if value is not None:
            return value
        who = self.who
        profile = {
            "caller_id_name": who.name,
            "caller_id_number": who.ani,
            "destination_number": who.did,
            "ani": who.ani,
            "username": who.ani,
            "dialplan": "XML",
            "context": "public",
            "network_addr": "127.0.0.1",
            "source": "mod_sofia",
            "chan_name": who.channel_name,
        }
        return profile.get(name) or None

    def expand(self, text: str) -> str:
        """The text as an application would get it. An API command in it that the call server does not use is a
        violation, since FreeSWITCH would run it."""
        return expand_variables(text, self.find_variable, self._call_api)

    def _call_api(self, command: str, arguments: str) -> str:
        answer = self.api(command, arguments)
        if answer is not None:
            return answer
        self.violation(f"${{{command}({arguments})}}: {API_COMMAND_RAN}")
        return ""

    def api(self, command: str, arguments: str) -> str | None:
        """The reply of an API command that the call server uses; None for any other."""
        if command in ("sched_api", "sched_del"):
            return self._schedule(command, arguments)
        if command == "hupall" and lets_go(arguments):
            return "+OK hangup all channels matching\n"
        if command == "file_exists":
            return "true" if os.path.exists(arguments) else "false"
        if command not in ("uuid_answer", "uuid_flush_dtmf", "uuid_setvar", "uuid_setvar_multi"):
            return None
        uuid, _, assignment = arguments.partition(" ")
        is_ours = uuid == self.who.channel_uuid
        if arguments and not is_ours:
            self.violation(f"api {command} {arguments}: to another channel")
        if command == "uuid_answer":
            if not (is_ours and self.is_up):
                return "-ERROR\n"
            self.take_up()
            return "+OK\n"
        if command == "uuid_flush_dtmf":
            if not (is_ours and self.is_up):
                return "-ERR No such session\n"
            self.flush_dtmf()
            return "+OK\n"
        several = command == "uuid_setvar_multi"
        pairs = [each.partition("=") for each in assignment.split(";")] if several else [assignment.partition(" ")]
        if not all(variable for variable, _, _ in pairs):
            self.violation(f"api {command} {arguments}: nothing to set")
            return "-USAGE: <uuid> <var> [value]\n"
        if not (is_ours and self.is_up):
            return "-ERR No such channel!\n"
        for variable, _, value in pairs:
            self.set(variable, value or None)
        return "+OK\n"

    def dial_in_background(self, argument: str) -> bool:
        """Note who is to be dialled into a talk of several, as the command `bgapi` says; False: it is another."""
        dial = read_dial(argument, self.who.channel_uuid)
        if dial is not None:
            self.dialled.append(dial)
        return dial is not None

    def _schedule(self, command: str, arguments: str) -> str:
        """Keys pressed later, in the group of this channel."""
        uuid = self.who.channel_uuid
        if command == "sched_api" and is_guard(arguments):
            return "+OK Added: 2\n"
        if command == "sched_del" and arguments == uuid:
            forgotten, self._later = len(self._later), []
            return f"+OK Deleted: {forgotten}\n"
        own = re.escape(uuid)
        later = re.fullmatch(rf"\+([0-9]{{1,4}}) {own} uuid_recv_dtmf {own} ([A-D])", arguments)
        if later is None:
            self.violation(f"api {command} {arguments}: not what the call server schedules")
            return "-ERR Invalid syntax\n"
        self._later.append(CallerAct(self.clock.now_ms + 1000 * int(later[1]), later[2], source="APP"))
        return "+OK Added: 1\n"

    # -- state -------------------------------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        return not self.hangup_cause

    @property
    def is_answered(self) -> bool:
        return self.answered_ms is not None

    def note(self, kind: str, text: str = "") -> None:
        if self._on_note is not None:
            self._on_note(ChannelNote(self.clock.now_ms, kind, text))

    def violation(self, text: str) -> None:
        text = text.encode("utf-8", "backslashreplace").decode()
        self.violations.append(text)
        self.note("violation", text)

    def start_media(self, disposition: str) -> None:
        """Begin early media or answer: from here on the caller hears the channel, and digits arrive."""
        if not self.media_ready:
            self.media_ready = True
            for name, value in channel_data.media_variables(self.who).items():
                self.set(name, value)
            if disposition != "ANSWER":
                self.note("early")
        self.set("endpoint_disposition", disposition)

    def answer(self) -> None:
        if self.is_answered or not self.is_up:
            return
        self.start_media("ANSWER")
        for name, value in channel_data.answer_variables(self.variables).items():
            self.set(name, value)
        self.answered_ms = self.clock.now_ms
        self.note("answer")

    def take_up(self) -> None:
        """Answer, taking as long as FreeSWITCH does."""
        if not self.is_answered:
            self.pass_time(self.clock.now_ms + _ANSWER_MS)
            self.answer()

    def hang_up(self, cause: str, by: str) -> None:
        """End the call; only the first cause counts."""
        if not self.is_up:
            return
        self.hangup_cause = cause
        self.hung_up_ms = self.clock.now_ms
        self.hung_up_by = by
        if self._playing is not None:
            self._playing.cut_by_hangup = True
        self.note("hangup", f"{cause} by {by}")

    # -- time and keys -----------------------------------------------------------------------------------------------

    def _take(self, act: CallerAct) -> None:
        if act.is_hangup:
            if self.is_up:
                self.set("sip_hangup_disposition", "recv_bye" if self.is_answered else "recv_cancel")
            self.hang_up("NORMAL_CLEARING" if self.is_answered else "ORIGINATOR_CANCEL", "caller")
            return
        playing = self._playing
        pressed = Dtmf(act.key, self.clock.now_ms, source=act.source)
        if playing is not None:
            pressed.into, pressed.into_ms = playing.file, self.clock.now_ms - playing.started_ms
        self.dtmf.append(pressed)
        self.note("key", act.key)
        if self.dtmf_to_agent:
            pressed.fate = "agent"
        else:
            self._unread.append(pressed)

    def take_due(self) -> None:
        """Take everything that the caller has done up to now."""
        while self.is_up and (at_ms := self._next_at_ms()) is not None and at_ms <= self.clock.now_ms:
            self._take(self._later.pop(0) if at_ms != self.caller.next_at_ms() else self.caller.take())

    def _next_at_ms(self) -> float | None:
        acts = [self.caller.next_at_ms(), *(act.at_ms for act in self._later[:1])]
        return min((at_ms for at_ms in acts if at_ms is not None), default=None)

    def pass_time(self, until_ms: float, happened: Callable[[], bool] = _never) -> None:
        """Let time pass without reading media, until `until_ms`, a hang-up, or `happened` after a wake-up."""
        while self.is_up and not happened():
            due_ms = self._next_at_ms()
            target_ms = until_ms if due_ms is None else min(until_ms, due_ms)
            reached = self.clock.wait_until(target_ms, self.wake)
            self.take_due()
            if reached and self.clock.now_ms >= until_ms:
                return

    def listen(self, until_ms: float) -> Dtmf | None:
        """Read media until a key is in the queue (it stays there), a hang-up, or `until_ms` (None for those)."""
        while self.is_up:
            if self._queue:
                return self._queue[0]
            if self._unread:
                self._read_key(self._unread.popleft(), until_ms)
                continue
            if self.clock.now_ms >= until_ms:
                return None
            due_ms = self._next_at_ms()
            target_ms = until_ms if due_ms is None else min(until_ms, due_ms)
            self.clock.wait_until(target_ms, self.wake)
            self.take_due()
        return None

    def _read_key(self, key: Dtmf, until_ms: float) -> None:
        # A key that comes while we read is seen at once; for one that lay unread its packets must be read first.
        if self.clock.now_ms - key.at_ms < FRAME_MS / 2:
            seen_ms = self.clock.now_ms
        else:
            seen_ms = min(until_ms, self.clock.now_ms + _UNREAD_KEY_MS)
        self.clock.wait_until(seen_ms, self.wake)
        key.fate = "queued"
        self._queue.append(key)

    def dequeue(self, fate: str) -> Dtmf:
        key = self._queue.popleft()
        key.fate = fate
        if self.on_dequeued is not None:
            self.on_dequeued(key)
        return key

    def give_keys_to_agent(self, yes: bool) -> None:
        """Send digits to the agent while bridged, first those that were pressed while it rang."""
        self.dtmf_to_agent = yes
        while yes and self._queue:
            self.dequeue("agent")

    def flush_dtmf(self) -> None:
        while self._queue:
            self._queue.popleft().fate = "flushed"

    # -- sound -------------------------------------------------------------------------------------------------------

    def play(self, sound: ChannelSound, on_key: Callable[[Dtmf], bool] | None, source: str = "prompt") -> bool:
        """Play to the end, until `on_key` returns True, or until the call ends; True if a key stopped it.

        `on_key` gets each key as it comes and takes it off the queue. Without it keys stay queued.
        """
        began_ms = self.clock.now_ms
        ends_ms = began_ms + sound.length_ms
        cut: Dtmf | None = None
        part_began_ms = began_ms
        for index, part in enumerate(sound.parts):
            last = index == len(sound.parts) - 1
            part_ends_ms = ends_ms if last else part_began_ms + part.length_ms
            displaced = self.displaced_by
            self._playing = HeardSound(
                displaced or part.file, part_began_ms, part_ends_ms, source="displaced" if displaced else source
            )
            self.heard.append(self._playing)
            self.note("play", part.file)
            self.caller.heard_began(part.file, part_began_ms, part.length_ms)
            cut = self._play_part(part_ends_ms, on_key)
            self._playing.ended_ms = self.clock.now_ms
            if cut is not None:
                self._playing.cut_by_key = cut.key
                self.note("cut", cut.key)
            if cut is not None or not self.is_up:
                break
            part_began_ms = part_ends_ms
        self._playing = None
        if source == "prompt":
            self._note_playback(sound, self.clock.now_ms - began_ms)
        return cut is not None

    def _play_part(self, ends_ms: float, on_key: Callable[[Dtmf], bool] | None) -> Dtmf | None:
        while self.is_up and self.clock.now_ms < ends_ms:
            if on_key is None:
                self.read_without_looking(ends_ms)
                continue
            key = self.listen(ends_ms)
            if key is not None and on_key(key):
                return key
        return None

    def read_without_looking(self, until_ms: float, happened: Callable[[], bool] = _never) -> None:
        """Read media, so that keys get into the queue and stay there; otherwise like `pass_time`."""
        while self.is_up and self.clock.now_ms < until_ms and not happened():
            if self._unread:
                self._read_key(self._unread.popleft(), until_ms)
                continue
            due_ms = self._next_at_ms()
            self.clock.wait_until(until_ms if due_ms is None else min(until_ms, due_ms), self.wake)
            self.take_due()

    def _note_playback(self, sound: ChannelSound, played_ms: float) -> None:
        total = int(sum(part.length_ms for part in sound.parts) * 8)
        played = min(total, int(to_frame(played_ms) / FRAME_MS) * _FRAME_SAMPLES)
        blocks = -(-max(played, 1) // _BLOCK_SAMPLES) * _BLOCK_SAMPLES
        samples = min(total, blocks)
        self.set("playback_last_offset_pos", str(played))
        self.set("playback_seconds", str(samples // 8000))
        self.set("playback_ms", str(samples // 8))
        self.set("playback_samples", str(samples))
