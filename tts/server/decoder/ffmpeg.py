"""FFmpeg (PyAV): the formats of phones and browsers, and others that libsndfile does not read.

The demuxer is named, never guessed by FFmpeg, and none is among them that opens other files or addresses (playlists,
image sequences). The file is given to it as a Python object, so that it needs no protocol either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import av

# PyAV imports these with the first container that is opened, when no file may be opened any more.
import av.subtitles.codeccontext
import av.subtitles.stream
import numpy as np

from tts.server.decoder.sources import BLOCK_SAMPLES, NO_KNOWN_FORMAT, Limits, Refused, Warnings, cut_short

# Demuxers that read the length from the file instead of estimating it from the size.
_LENGTH_IS_KNOWN = frozenset({"mov", "matroska", "wav", "caf", "aiff", "asf", "flac"})
_SHORT_FACTOR, _SHORT_S = 0.9, 0.3
_PROBE_BYTES = 1 << 20
# Formats with a magic number; a mere match of a frame header's pattern does not prove that a file is damaged.
_CERTAIN = _LENGTH_IS_KNOWN | {"ogg", "amr", "flv", "avi", "au", "w64", "wv", "ape", "tta"}


class FfmpegSource:
    """A file that `demuxer` reads. Only its first audio track is used."""

    def __init__(self, file: BinaryIO, demuxer: str, limits: Limits) -> None:
        self._file, self._demuxer, self._limits = file, demuxer, limits

    def blocks(self, warnings: Warnings) -> Iterator[tuple[int, Any]]:
        self._file.seek(0)
        try:
            container = av.open(
                self._file,
                format=self._demuxer,
                metadata_errors="ignore",
                options={"probesize": str(_PROBE_BYTES), "protocol_whitelist": "none"},
            )
        except (av.FFmpegError, ValueError) as error:
            raise Refused(_why_not_opened(self._demuxer)) from error
        with container:
            if not container.streams.audio:
                raise Refused("there is no sound track in it")
            track = container.streams.audio[0]
            track.codec_context.thread_count = 1
            said_s = self._said_s(container, track)
            if said_s is not None:
                self._limits.check_duration(said_s)
            there_s = 0.0
            for rate_hz, block in self._rebuffered(container, track, warnings):
                there_s += len(block) / rate_hz
                yield rate_hz, block
            if said_s is not None and there_s < said_s * _SHORT_FACTOR and said_s - there_s > _SHORT_S:
                warnings.items.pop("damaged", None)
                warnings.add("cut_short", cut_short(said_s, there_s))

    def _said_s(self, container: Any, track: Any) -> float | None:
        if self._demuxer not in _LENGTH_IS_KNOWN:
            return None
        if track.duration is not None and track.time_base is not None:
            return float(track.duration * track.time_base)
        return None if container.duration is None else float(container.duration) / av.time_base

    def _rebuffered(self, container: Any, track: Any, warnings: Warnings) -> Iterator[tuple[int, Any]]:
        """Frames are some 20 ms; few large blocks cost less. Rate and channels may change on the way."""
        held: list[Any] = []
        held_rate_hz, held_samples = 0, 0
        for frame in self._frames(container, track, warnings):
            self._limits.check(frame.sample_rate, frame.layout.nb_channels)
            block = _samples(frame)
            if held and (held_rate_hz != frame.sample_rate or held[0].shape[1] != block.shape[1]):
                yield held_rate_hz, np.concatenate(held)
                held, held_samples = [], 0
            held.append(block)
            held_rate_hz = frame.sample_rate
            held_samples += block.size
            if held_samples >= BLOCK_SAMPLES:
                yield held_rate_hz, np.concatenate(held)
                held, held_samples = [], 0
        if held:
            yield held_rate_hz, np.concatenate(held)

    def _frames(self, container: Any, track: Any, warnings: Warnings) -> Iterator[Any]:
        good = bad = 0
        packets = container.demux(track)
        while True:
            try:
                packet = next(packets, None)
            except av.FFmpegError:
                bad += 1
                break
            if packet is None:
                break
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                bad += 1
                continue
            good += bool(frames)
            yield from frames
        if bad and bad >= good:
            raise Refused("the audio in it is damaged")
        if bad:
            warnings.add("damaged", "parts of the file are damaged; they are left out")


def _samples(frame: Any) -> Any:
    """float32, frames by channels, whatever the decoder's own format is."""
    content = frame.to_ndarray()
    content = content.T if frame.format.is_planar else content.reshape(-1, frame.layout.nb_channels)
    if content.dtype == np.uint8:
        return (content.astype(np.float32) - 128) / 128
    if content.dtype.kind == "i":
        return (content / float(1 << (8 * content.dtype.itemsize - 1))).astype(np.float32)
    return content.astype(np.float32)


def _why_not_opened(demuxer: str) -> str:
    if demuxer == "mov":
        return "it is an MP4 or M4A file without its index: it was cut short, or the recorder had not finished it"
    if demuxer in _CERTAIN:
        return "it is damaged, or cut short before the sound begins"
    return NO_KNOWN_FORMAT
