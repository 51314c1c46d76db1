"""What the caller says, recorded by the switch into a file.

Facts: mod_dptools.c (`record`) and switch_ivr_play_say.c (`switch_ivr_record_file_event`) of FreeSWITCH 1.10.12. It
ends by a key among `playback_terminators`, by silence below a threshold, by a limit in whole seconds of the clock,
and by the hang-up. **A file that it cannot open hangs up the caller**, so the call server makes it before and asks
whether the switch sees it. A disk that gets full meanwhile ends nothing: the file is shorter than `record_ms` then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from esl_server.switch.channel_data import ChannelData
from esl_server.switch.commands import FLUSH_DIGITS, execute, getvar
from esl_server.switch.session import is_unset
from ivr.domain.errors import EslCommandRefused

EndedBy = Literal["key", "silence", "longest"]

# Average of the samples' amounts below which a frame counts as silence.
SILENCE_BELOW = 200
LONGEST_CALL_S = 4 * 3600
TONE = "tone_stream://%(250,50,1000)"
_PATH = re.compile(r"/[A-Za-z0-9_./+=@-]{1,400}\.wav", re.ASCII)
_RESULTS = ("record_ms", "playback_terminator_used", "silence_hits_exhausted")
_READ_RESULTS = b"".join(map(getvar, _RESULTS))
_SEEN = "ivr_seen"
_PREPARED = execute("multiset", "record_ms= enable_file_write_buffering=false record_fill_cng=true")
# Without RECORD_MIN_SEC FreeSWITCH deletes what is shorter than three seconds.
_WHOLE = "RECORD_STEREO=true RECORD_MIN_SEC=0 enable_file_write_buffering=false"
_CUT_BY_NONE = execute("set", "playback_terminators=none")


class Recorded(NamedTuple):
    """`ms` is None where the recording did not take place: the caller had hung up."""

    ms: int | None
    ended_by: EndedBy


@dataclass(frozen=True, slots=True)
class Recording:
    """`end_keys` are digits, `any` or `none`; `longest_s` is 2 at least."""

    path: str
    longest_s: int
    silence_s: int
    end_keys: str
    tone: bool

    def commands(self, stored: bytes, replies: int) -> tuple[bytes, int, int]:
        """Commands, their replies, and how many of those `read_recorded` takes. `stored` stores the call state, once
        nothing on the channel tells of an earlier recording. The file is written as it comes, so that little is lost
        with the switch, and goes on where the caller's side sends no packets."""
        limit = f"{_checked(self.path)} {self.longest_s - 1} {SILENCE_BELOW} {self.silence_s}"
        command = b"%b%b%b%b%b%b%b%b" % (
            _PREPARED,
            stored,
            execute("playback", TONE) if self.tone else b"",
            FLUSH_DIGITS,
            execute("set", f"playback_terminators={self.end_keys}"),
            execute("record", limit),
            _CUT_BY_NONE,
            _READ_RESULTS,
        )
        return command, replies + 5 + self.tone + len(_RESULTS), len(_RESULTS)


def record_session(path: str) -> tuple[bytes, int]:
    """Commands that record the whole call from now on, the caller on the left and what they hear on the right, and
    their replies. It goes on by itself until the call or `stop_session` ends it."""
    return _session(path, talks_alone="")


def record_talks(path: str) -> tuple[bytes, int]:
    """The same, of talks alone."""
    return _session(path, talks_alone="true")


def _session(path: str, talks_alone: str) -> tuple[bytes, int]:
    whole = execute("multiset", f"{_WHOLE} RECORD_BRIDGE_REQ={talks_alone}")
    return whole + execute("record_session", f"{_checked(path)} +{LONGEST_CALL_S}"), 2


def stop_session(path: str) -> tuple[bytes, int]:
    """Commands that end such a recording, and their replies."""
    return execute("stop_record_session", _checked(path)), 1


def seen(path: str) -> tuple[bytes, int]:
    """Commands that read `true` where the switch has this file, and their replies."""
    return execute("set", f"{_SEEN}=${{file_exists({_checked(path)})}}") + getvar(_SEEN), 2


def read_recorded(ms: str, key: str, silence: str) -> Recorded:
    return _recorded(*(None if is_unset(each) else each for each in (ms, key, silence)))


def find_earlier_recording(channel: ChannelData) -> Recorded | None:
    """The recording that ended while no worker was connected; None: it did not take place."""
    found = _recorded(*(channel.find(f"variable_{name}") for name in _RESULTS))
    return None if found.ms is None else found


def _recorded(ms: str | None, key: str | None, silence: str | None) -> Recorded:
    ended_by: EndedBy = "key" if key else "silence" if silence == "true" else "longest"
    return Recorded(int(ms) if ms and ms.isdecimal() else None, ended_by)


def _checked(path: str) -> str:
    if ".." in path or not _PATH.fullmatch(path):
        raise EslCommandRefused(f"path of a recording not fit for FreeSWITCH: {path[:80]!r}")
    return path
