"""Recordings as people have them, and what becomes of each, through the whole speech process."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tts.conftest import SpeechProcess
from tests.tts.samples import (
    encode,
    encode_with_ffmpeg,
    lufs,
    raw_samples,
    read_prompt,
    syllables,
    tone,
    wav_claiming,
)
from tts.client.client import BadAudio, TtsClient

SPEECH_S = len(syllables(1)) / 8000


@dataclass(frozen=True)
class Taken:
    """`seconds` of prompt, of which 0.1 are edges, and the warnings that come with it."""

    content: Callable[[], bytes]
    seconds: float
    raw_format: str = ""
    warnings: frozenset[str] = frozenset()
    tolerance_s: float = 0.06


def quiet_speech_and_a_click(level_dbfs: float, at_s: float = -1.0, pause_s: float = 0.2) -> bytes:
    sound = np.concatenate([np.zeros(1600), syllables(1) * 10 ** (level_dbfs / 20), np.zeros(int(8000 * pause_s))])
    at = int(at_s * 8000) % len(sound)
    sound[at : at + 40] = np.tile([1.0, -1.0], 20)
    return encode("WAV", samples=sound[:, None], rate_hz=8000)


def stereo(left: float, right: float) -> bytes:
    mono = tone(1.5, channels=1)[:, 0]
    return encode("WAV", samples=np.stack([mono * left, mono * right], axis=1))


def half_in_antiphase() -> bytes:
    sound = tone(3.0)
    sound[len(sound) // 2 :, 1] *= -1
    return encode("WAV", samples=sound)


def streamed_aiff() -> bytes:
    content = bytearray(encode("AIFF", samples=tone(1.5)))
    at = content.index(b"SSND") + 4
    content[at : at + 4] = struct.pack(">I", 0xFFFFFFFF)
    return bytes(content)


def with_list_chunk(data_bytes: int) -> bytes:
    """As FFmpeg writes a WAV to a pipe: no length in the header, and a chunk before the samples."""
    plain = wav_claiming(data_bytes)
    text = b"INFOISFT\x0e\0\0\0Lavf62.0.100\0\0"
    riff = b"RIFF" + struct.pack("<I", 0xFFFFFFFF)
    return riff + plain[8:36] + b"LIST" + struct.pack("<I", len(text)) + text + plain[36:]


def ffmpeg(container: str, codec: str, rate_hz: int = 48_000, channels: int = 1, **options: str) -> bytes:
    return encode_with_ffmpeg(container, codec, tone(1.5, rate_hz, channels), rate_hz, options)


CASES = {
    # Streamed: nobody knew the length when the header was written.
    "WAV of length 0xFFFFFFFF": Taken(lambda: wav_claiming(0xFFFFFFFF), 1.6),
    "WAV of length 0x7FFFFFFF": Taken(lambda: wav_claiming(0x7FFFFFFF), 1.6),
    "WAV of length 0": Taken(lambda: wav_claiming(0), 1.6),
    "WAV of length 0x7FFFF000": Taken(lambda: wav_claiming(0x7FFFF000), 1.6),
    "WAV of length 0x80000000": Taken(lambda: wav_claiming(0x80000000), 1.6),
    "WAV of length 0xFFFFFFFF less its header": Taken(lambda: wav_claiming(0xFFFFFFFF - 36), 1.6),
    "WAV from a pipe with a LIST chunk": Taken(lambda: with_list_chunk(0xFFFFFFFF), 1.6),
    "WAV from a pipe with a LIST chunk and length 0": Taken(lambda: with_list_chunk(0), 1.6),
    "AIFF of length 0xFFFFFFFF": Taken(streamed_aiff, 1.6),
    # Phones and browsers.
    "M4A": Taken(lambda: ffmpeg("ipod", "aac", 44_100, 2), 1.6),
    "M4A, index first": Taken(lambda: ffmpeg("ipod", "aac", movflags="faststart"), 1.6),
    "M4A, Apple Lossless": Taken(lambda: ffmpeg("ipod", "alac", 44_100, 2), 1.6),
    "ADTS AAC": Taken(lambda: ffmpeg("adts", "aac", 44_100), 1.6),
    "WebM with Opus (Chrome, Firefox)": Taken(lambda: ffmpeg("webm", "libopus"), 1.6),
    "WebM with Opus, written live": Taken(lambda: ffmpeg("webm", "libopus", live="1"), 1.6),
    "MP4 in fragments (Safari)": Taken(lambda: ffmpeg("mp4", "aac", movflags="frag_keyframe+empty_moov"), 1.6),
    "Ogg with Opus (WhatsApp)": Taken(lambda: ffmpeg("ogg", "libopus"), 1.6),
    "AMR": Taken(lambda: ffmpeg("amr", "libopencore_amrnb", 8000), 1.6),
    "3GP": Taken(lambda: ffmpeg("3gp", "libopencore_amrnb", 8000), 1.6),
    "QuickTime": Taken(lambda: ffmpeg("mov", "pcm_s16le"), 1.6),
    "AC-3": Taken(lambda: ffmpeg("ac3", "ac3", 44_100), 1.6),
    "MPEG transport stream": Taken(lambda: ffmpeg("mpegts", "aac"), 1.6),
    "WAV with G.722": Taken(lambda: ffmpeg("wav", "adpcm_g722", 16_000), 1.6),
    "WAV with MP3": Taken(lambda: ffmpeg("wav", "libmp3lame", 44_100), 1.6, tolerance_s=0.1),
    "WAV of 32-bit floats": Taken(lambda: encode("WAV", "FLOAT"), 1.6),
    "RF64": Taken(lambda: encode("RF64"), 1.6),
    # Asterisk's and FreeSWITCH's own.
    ".gsm": Taken(lambda: raw_samples("GSM610"), 1.6, "gsm"),
    ".g722": Taken(lambda: ffmpeg("g722", "g722", 16_000), 1.6, "g722"),
    ".ulaw": Taken(lambda: raw_samples("ULAW"), 1.6, "ulaw"),
    ".alaw": Taken(lambda: raw_samples("ALAW"), 1.6, "alaw"),
    ".vox": Taken(lambda: raw_samples("VOX_ADPCM"), 1.6, "vox"),
    ".sln": Taken(lambda: raw_samples("PCM_16", 8000), 1.6, "sln"),
    ".sln16": Taken(lambda: raw_samples("PCM_16", 16_000), 1.6, "sln16"),
    ".sln24": Taken(lambda: raw_samples("PCM_16", 24_000), 1.6, "sln24"),
    ".sln48": Taken(lambda: raw_samples("PCM_16", 48_000), 1.6, "sln48"),
    ".sln16 cut within a sample": Taken(lambda: raw_samples("PCM_16", 16_000)[:-1], 1.6, "sln16"),
    "audio/L16, high byte first": Taken(lambda: raw_samples("PCM_16", 16_000, "BIG"), 1.6, "l16-16000"),
    "audio/L16, low byte first": Taken(lambda: raw_samples("PCM_16", 16_000), 1.6, "l16-16000"),
    "a WAV whose name says .ulaw": Taken(lambda: encode("WAV"), 1.6, "ulaw"),
    # The limit is the time.
    "70 s of 44.1 kHz stereo": Taken(lambda: encode("WAV", samples=tone(70.0)), 70.1),
    "290 s of 44.1 kHz stereo": Taken(lambda: encode("WAV", samples=tone(290.0)), 290.1),
    # A spike is no measure.
    "speech at -34 dBFS, a click": Taken(
        lambda: quiet_speech_and_a_click(-34), SPEECH_S + 0.1, warnings=frozenset({"spike_lowered"})
    ),
    "speech at -40 dBFS, a click": Taken(
        lambda: quiet_speech_and_a_click(-40),
        SPEECH_S + 0.1,
        warnings=frozenset({"spike_lowered"}),
    ),
    "speech at -34 dBFS, a click in the pause after it": Taken(
        lambda: quiet_speech_and_a_click(-34, -1.0, 2.0),
        SPEECH_S + 0.1,
        warnings=frozenset({"spike_lowered", "much_trimmed"}),
    ),
    # Channels that cancel each other.
    "antiphase": Taken(lambda: stereo(1, -1), 1.6, warnings=frozenset({"antiphase"})),
    "antiphase, unequal": Taken(lambda: stereo(0.5, -1), 1.6, warnings=frozenset({"antiphase"})),
    "antiphase in M4A": Taken(
        lambda: encode_with_ffmpeg("ipod", "aac", tone(1.5) * [1, -1]), 1.6, warnings=frozenset({"antiphase"})
    ),
    "antiphase in its second half": Taken(half_in_antiphase, 3.1, warnings=frozenset({"antiphase"})),
    "only the left channel": Taken(lambda: stereo(1, 0), 1.6),
    # Half a file.
    "half a WAV": Taken(lambda: wav_claiming(2 * 264_600), 1.6, warnings=frozenset({"cut_short"})),
    "half an AIFF": Taken(lambda: encode("AIFF")[:132_354], 0.85, warnings=frozenset({"cut_short"})),
    "half a FLAC": Taken(lambda: encode("FLAC")[:12_000], 0.85, warnings=frozenset({"cut_short"}), tolerance_s=0.3),
    "half an M4A, index first": Taken(
        lambda: (whole := ffmpeg("ipod", "aac", movflags="faststart"))[: len(whole) // 2],
        0.75,
        warnings=frozenset({"cut_short"}),
        tolerance_s=0.3,
    ),
    "half a WebM": Taken(
        lambda: (whole := ffmpeg("webm", "libopus"))[: len(whole) // 2],
        0.8,
        warnings=frozenset({"cut_short"}),
        tolerance_s=0.3,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_taken_whole(client: TtsClient, speech: SpeechProcess, case: Taken) -> None:
    recording = client.convert(case.content(), case.raw_format)
    assert recording.duration_ms / 1000 == pytest.approx(case.seconds, abs=case.tolerance_s)
    assert {each.code for each in recording.warnings} == case.warnings
    samples = read_prompt(speech.prompts / recording.file)
    assert len(samples) == recording.duration_ms * 8
    assert lufs(samples) == pytest.approx(-19, abs=1)


def pitch_hz(samples: NDArray[np.float64]) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * 8000 / len(samples))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.seconds == 1.6])
def test_it_sounds_as_it_was_recorded(client: TtsClient, speech: SpeechProcess, name: str) -> None:
    recording = client.convert(CASES[name].content(), CASES[name].raw_format)
    assert pitch_hz(read_prompt(speech.prompts / recording.file)) == pytest.approx(440, abs=4)


REFUSED: dict[str, tuple[Callable[[], bytes], dict[str, Any], str, str]] = {
    "silence": (lambda: encode("WAV", samples=tone() * 0), {}, "audio_silent", "silence=keep"),
    "an empty file": (lambda: b"", {}, "audio_empty", "empty"),
    "a header and nothing else": (lambda: encode("WAV")[:44], {}, "bad_audio", "no audio"),
    "301 s": (lambda: encode("WAV", "PCM_U8", tone(301, 8000, 1), 8000), {}, "bad_audio", "300 seconds"),
    "301 s of M4A": (
        lambda: encode_with_ffmpeg("ipod", "aac", tone(301, 8000, 1), 8000),
        {},
        "bad_audio",
        "300 seconds",
    ),
    "301 s of .ulaw": (lambda: bytes(301 * 8000), {"raw_format": "ulaw"}, "bad_audio", "300 seconds"),
    "nine channels": (lambda: encode("WAV", samples=tone(channels=9)), {}, "bad_audio", "8 are taken"),
    "1 kHz": (lambda: encode("WAV", samples=tone(0.5, 1000), rate_hz=1000), {}, "bad_audio", "4000 to 192000"),
    "over 100 MB": (lambda: bytes((100 << 20) + 1), {}, "audio_too_large", "100 MB"),
    "raw samples that nobody names": (lambda: raw_samples("ULAW"), {}, "bad_audio", "by \\?format="),
    "a phone memo without its end": (lambda: ffmpeg("ipod", "aac")[:9000], {}, "bad_audio", "without its index"),
}


@pytest.mark.parametrize(("content", "said", "code", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_with_the_limit_or_the_way_out(
    client: TtsClient, content: Callable[[], bytes], said: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(BadAudio, match=words) as refused:
        client.convert(content(), **said)
    assert refused.value.code == code
    assert client.voices()


@pytest.mark.parametrize(
    "content", [encode("WAV", samples=tone() * 0), encode_with_ffmpeg("ipod", "aac", tone() * 0)], ids=["WAV", "M4A"]
)
def test_silence_on_purpose_is_taken(client: TtsClient, speech: SpeechProcess, content: bytes) -> None:
    recording = client.convert(content, keep_silence=True)
    assert recording.duration_ms == pytest.approx(1500, abs=30)
    assert not read_prompt(speech.prompts / recording.file).any()
    assert (recording.trimmed_start_ms, recording.trimmed_end_ms, recording.warnings) == (0, 0, ())


def test_what_was_cut_off_is_told_also_the_second_time(client: TtsClient) -> None:
    sound = np.concatenate([np.zeros((8000, 1)), tone(1.0, 8000, 1), np.zeros((16_000, 1))])
    content = encode("WAV", samples=sound, rate_hz=8000)
    for _ in range(2):
        recording = client.convert(content)
        assert recording.trimmed_start_ms == pytest.approx(950, abs=20)
        assert recording.trimmed_end_ms == pytest.approx(1950, abs=20)
        assert [each.code for each in recording.warnings] == ["much_trimmed"]
    kept = client.convert(content, keep_silence=True)
    assert kept.file != recording.file
    assert kept.duration_ms == 4000
