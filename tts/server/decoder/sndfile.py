"""libsndfile: WAV, AIFF, FLAC, Ogg, MP3, CAF, AU and raw telephone samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import soundfile

from tts.server.decoder.containers import find_sample_chunk, with_true_length
from tts.server.decoder.sources import (
    BLOCK_SAMPLES,
    NO_KNOWN_FORMAT,
    Limits,
    NotThisKind,
    Refused,
    Warnings,
    cut_short,
)

# Formats whose length is an estimate: slightly fewer samples are no sign of damage.
_LENGTH_IS_ESTIMATED = ("MPEG", "VORBIS", "OPUS")
_ESTIMATE_FACTOR = 0.8
_RAW_SUBTYPES = {"gsm": "GSM610", "ulaw": "ULAW", "alaw": "ALAW", "vox": "VOX_ADPCM", "s16": "PCM_16"}
_BYTE_ORDER_LOOK_BYTES = 1 << 20


class SndfileSource:
    """A container that libsndfile reads; NotThisKind if it does not."""

    def __init__(self, file: BinaryIO, size: int, limits: Limits) -> None:
        self._file, self._size, self._limits = file, size, limits

    def blocks(self, warnings: Warnings) -> Iterator[tuple[int, Any]]:
        chunk = find_sample_chunk(self._file, self._size)
        readable: Any = with_true_length(self._file, chunk) if chunk and chunk.streamed else self._file
        readable.seek(0)
        try:
            sound = soundfile.SoundFile(readable)
        except (soundfile.SoundFileError, TypeError) as error:
            raise NotThisKind(NO_KNOWN_FORMAT) from error
        with sound:
            self._limits.check(sound.samplerate, sound.channels)
            length_known = 0 < sound.frames < 1 << 62
            if length_known:
                self._limits.check_duration(sound.frames / sound.samplerate)
            frames, broken = 0, False
            for block in _read(sound):
                if block is None:
                    broken = True
                    break
                frames += len(block)
                yield sound.samplerate, block
            there_s = frames / sound.samplerate
            if chunk and chunk.cut_short:
                warnings.add("cut_short", cut_short(there_s * chunk.promised / max(1, chunk.there), there_s))
            estimated = sound.subtype.startswith(_LENGTH_IS_ESTIMATED)
            expected = sound.frames * _ESTIMATE_FACTOR if estimated else sound.frames
            if length_known and frames < expected:
                warnings.add("cut_short", cut_short(sound.frames / sound.samplerate, there_s))
            elif broken:
                warnings.add("damaged", f"the file is damaged after {there_s:.1f} s; what came before is taken")


class RawSource:
    """Samples without a header."""

    def __init__(self, file: BinaryIO, codec: str, rate_hz: int, limits: Limits) -> None:
        self._file, self._codec, self._rate_hz, self._limits = file, codec, rate_hz, limits

    def blocks(self, warnings: Warnings) -> Iterator[tuple[int, Any]]:
        self._file.seek(0)
        codec, endian = self._codec, "LITTLE"
        if codec == "l16":
            codec, endian = "s16", _byte_order(self._file.read(_BYTE_ORDER_LOOK_BYTES))
            self._file.seek(0)
        try:
            sound = soundfile.SoundFile(
                self._file,
                samplerate=self._rate_hz,
                channels=1,
                format="RAW",
                subtype=_RAW_SUBTYPES[codec],
                endian=endian,
            )
        except soundfile.SoundFileError as error:
            raise Refused("there is no audio in it") from error
        with sound:
            self._limits.check_duration(sound.frames / self._rate_hz)
            for block in _read(sound):
                if block is None:
                    warnings.add("damaged", "the end of the file is damaged; what came before is taken")
                    return
                yield self._rate_hz, block


def _read(sound: soundfile.SoundFile) -> Iterator[Any]:
    """Blocks of samples, then None if the decoder fails after some of them."""
    anything = False
    while True:
        try:
            block = sound.read(BLOCK_SAMPLES // sound.channels, dtype="float32", always_2d=True)
        except soundfile.SoundFileError as error:
            if not anything:
                raise NotThisKind("the audio in it is damaged") from error
            yield None
            return
        if not len(block):
            return
        anything = True
        yield block


def _byte_order(head: bytes) -> str:
    """RFC 2586 wants the high byte first, many programs send the low one first. In the wrong order sound is noise."""
    even = head[: len(head) - len(head) % 2]
    rough = {name: np.abs(np.diff(np.frombuffer(even, code).astype(float))).sum() for name, code in _ORDERS.items()}
    return min(rough, key=lambda name: float(rough[name]))


_ORDERS = {"BIG": ">i2", "LITTLE": "<i2"}
