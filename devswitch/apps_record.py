"""The applications `record`, what the caller says, into a file that grows as they speak, and `record_session`.

Facts: mod_dptools.c (`record_function`) and switch_ivr_play_say.c (`switch_ivr_record_file_event`) of FreeSWITCH
1.10.12. A scripted caller's speech is a tone.
"""

from __future__ import annotations

import math
import struct
import wave
from array import array
from contextlib import suppress
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from devswitch.apps import Application, AppSurroundings
from devswitch.apps_media import playback_terminators, ready_media
from devswitch.channel import Channel, Hearing
from devswitch.expand import atoi, separate_string
from devswitch.media import load_samples

RATE = 8000
_PIECE_MS = 100.0
_SILENCE_S = 3
_SPEECH_HZ, _SPEECH_AMOUNT = 200, 6000
_SECOND = array("h", (round(_SPEECH_AMOUNT * math.sin(2 * math.pi * _SPEECH_HZ * n / RATE)) for n in range(RATE)))
_HEADER_BYTES = 44


@dataclass(frozen=True)
class RecordArgs:
    """The argument of record, read as FreeSWITCH reads it; 0: no limit, no listening for silence."""

    path: str
    limit_s: int
    threshold: int
    silence_s: int

    @classmethod
    def parse(cls, text: str) -> RecordArgs:
        words = [*separate_string(text, " ", 4), "", "", "", ""]
        return cls(words[0], atoi(words[1].lstrip("+")), atoi(words[2]), atoi(words[3]) or _SILENCE_S)


def record(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Ends by a terminator, by silence, after the limit or with the call. A file that cannot be opened hangs up."""
    args = RecordArgs.parse(arg)
    if not args.path.endswith(".wav") or not args.path.startswith("/"):
        channel.violation(f"record {arg}: only absolute paths of .wav files are modelled")
        return
    ready_media(channel)
    channel.set("playback_terminator_used", None)
    try:
        file = open(args.path, "wb", buffering=0)  # noqa: SIM115 - closed below
    except OSError:
        channel.hang_up("DESTINATION_OUT_OF_ORDER", "switch")
        return
    channel.set("silence_hits_exhausted", "false")
    channel.note("record", Path(args.path).name)
    with file:
        milliseconds = _Recording(channel, args, file).run()
    channel.note("recorded", str(milliseconds))
    channel.set("record_seconds", str(milliseconds // 1000))
    channel.set("record_ms", str(milliseconds))
    channel.set("record_samples", str(milliseconds * RATE // 1000))


def record_session(channel: Channel, around: AppSurroundings, arg: str) -> None:
    """Beside all else: what the caller says on the left, what they hear on the right. Written when the call is over,
    or the recording is ended."""
    path, _, limit = arg.partition(" ")
    if not path.endswith(".wav") or not path.startswith("/") or channel.find_variable("RECORD_STEREO") != "true":
        channel.violation(f"record_session {arg}: only absolute paths of .wav files in stereo are modelled")
        return
    if limit and not limit.startswith("+"):
        channel.violation(f"record_session {arg}: a limit is written +{limit}")
    if not channel.media_ready:
        return
    channel.note("record_session", Path(path).name)
    channel.sessions[path] = channel.clock.now_ms
    if channel.find_variable("RECORD_BRIDGE_REQ") == "true":
        channel.talks_alone.add(path)


def stop_record_session(channel: Channel, around: AppSurroundings, arg: str) -> None:
    if arg in channel.sessions:
        write_session(channel, arg)


def write_session(channel: Channel, path: str) -> None:
    """What was heard since its beginning; what a caller says is a part of no scripted one's time-line."""
    import numpy as np

    began_ms, now_ms = channel.sessions.pop(path), channel.clock.now_ms
    both = np.zeros((max(0, round((now_ms - began_ms) * RATE / 1000)), 2), dtype="<i2")
    for stretch in channel.heard:
        is_left_out = path in channel.talks_alone and stretch.source != "agent"
        if is_left_out or "://" in stretch.file or stretch.ended_ms <= began_ms:
            continue
        at = round((stretch.started_ms - began_ms) * RATE / 1000)
        samples = load_samples(stretch.file)[max(0, -at) :]
        at = max(0, at)
        count = min(len(samples), len(both) - at, round((stretch.ended_ms - stretch.started_ms) * RATE / 1000))
        if count > 0:
            both[at : at + count, 1] = samples[:count]
    try:
        with wave.open(path, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(both.tobytes())
    except OSError as error:
        channel.note("missing", f"{path}: {error}")


class _Recording:
    def __init__(self, channel: Channel, args: RecordArgs, file: RawIOBase) -> None:
        self._channel, self._args, self._file = channel, args, file
        self._began_ms = self._until_ms = channel.clock.now_ms
        self._heard = channel.hear() if channel.hear is not None else None
        says_ms = channel.caller.recording_began(self._began_ms) if self._heard is None else 0.0
        self._silent_from_ms = self._began_ms + says_ms
        self._bytes = 0
        # What was heard beyond the time that has passed.
        self._ahead = b""

    def run(self) -> int:
        """The milliseconds that were recorded."""
        channel, args = self._channel, self._args
        with suppress(OSError):
            self._file.write(_header(0))
        stops = playback_terminators(channel)
        # Whole seconds of the clock, of which more than the limit must have passed.
        over_ms = self._began_ms + (args.limit_s + 1) * 1000.0 if args.limit_s else math.inf
        while channel.is_up and channel.clock.now_ms < over_ms:
            silent_ms = self._silent_from_ms + args.silence_s * 1000.0 if args.threshold else math.inf
            if channel.clock.now_ms >= silent_ms:
                channel.set("silence_hits_exhausted", "true")
                break
            key = channel.listen(min(over_ms, silent_ms, channel.clock.now_ms + _PIECE_MS))
            self._write()
            if key is not None:
                if key.key in stops:
                    channel.dequeue("record")
                    channel.set("playback_terminator_used", key.key)
                    break
                channel.dequeue("ignored_by_record")
        if self._heard is not None:
            self._heard.stop()
        with suppress(OSError):
            self._file.seek(0)
            self._file.write(_header(self._bytes))
        return self._bytes * 1000 // RATE // 2

    def _write(self) -> None:
        """The sound since the last piece."""
        now_ms = self._channel.clock.now_ms
        samples = round((now_ms - self._began_ms) * RATE / 1000) - self._bytes // 2
        if samples <= 0:
            return
        piece = self._speak(samples) if self._heard is None else self._take(self._heard, samples)
        self._bytes += len(piece)
        # A disk without room ends nothing.
        with suppress(OSError):
            self._file.write(piece)

    def _speak(self, samples: int) -> bytes:
        spoken_ms = min(self._silent_from_ms, self._channel.clock.now_ms) - self._began_ms
        spoken = min(samples, max(0, round(spoken_ms * RATE / 1000) - self._bytes // 2))
        speech = (_SECOND * (spoken // RATE + 1))[:spoken]
        return speech.tobytes() + bytes(2 * (samples - spoken))

    def _take(self, hearing: Hearing, samples: int) -> bytes:
        self._ahead += hearing.take()
        piece, self._ahead = self._ahead[: 2 * samples], self._ahead[2 * samples :]
        heard = array("h", piece)
        if heard and sum(map(abs, heard)) / len(heard) >= self._args.threshold:
            self._silent_from_ms = self._channel.clock.now_ms
        return piece + bytes(2 * samples - len(piece))


def _header(data_bytes: int) -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", _HEADER_BYTES - 8 + data_bytes, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16),
        *(b"data", data_bytes),
    )


RECORD_APPLICATIONS: dict[str, Application] = {
    "record": record,
    "record_session": record_session,
    "stop_record_session": stop_record_session,
}
