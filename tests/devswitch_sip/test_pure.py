"""Session descriptions, keys, tones and frames, without a network."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from aiosipua.sdp import serialize_sdp

from devswitch.sip.intake import Bucket, Seldom
from devswitch.sip.keys import EventKeys, key_from_info
from devswitch.sip.sdp import BadSdp, make_answer, make_offer, read_media, read_sdp
from devswitch.sip.sounds import frames_of, silence
from devswitch.sip.tones import ToneKeys

_HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
_KEYS = {
    key: (row, column)
    for row, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, column in zip(keys, (1209, 1336, 1477, 1633), strict=True)
}


def offer(media: str, *lines: str) -> str:
    return _HEAD + "\r\n".join([f"m=audio 4000 RTP/AVP {media}", *lines]) + "\r\n"


def test_first_codec_of_ours_in_the_offers_order_is_taken() -> None:
    assert read_media(read_sdp(offer("18 8 0"))).payload == 8
    assert read_media(read_sdp(offer("0 8"))).payload == 0


def test_events_keep_the_offers_own_payload_number() -> None:
    sdp = read_sdp(offer("0 96", "a=rtpmap:96 telephone-event/8000"))
    answer = serialize_sdp(make_answer(sdp, read_media(sdp), "127.0.0.1", 5000))
    assert "m=audio 5000 RTP/AVP 0 96\r\n" in answer
    assert "a=rtpmap:96 telephone-event/8000\r\n" in answer


def test_no_events_are_answered_where_none_were_offered() -> None:
    sdp = read_sdp(offer("0"))
    assert read_media(sdp).event_payload is None
    assert "telephone-event" not in serialize_sdp(make_answer(sdp, read_media(sdp), "127.0.0.1", 5000))


@pytest.mark.parametrize("hold", ["a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0"])
def test_every_way_to_put_on_hold_means_that_nobody_listens(hold: str) -> None:
    assert read_media(read_sdp(offer("0"))).listens
    assert not read_media(read_sdp(offer("0", hold))).listens


def test_direction_of_the_session_counts_for_its_audio() -> None:
    text = _HEAD + "a=sendonly\r\nm=audio 4000 RTP/AVP 0\r\n"
    sdp = read_sdp(text)
    assert not read_media(sdp).listens
    assert "a=recvonly" in serialize_sdp(make_answer(sdp, read_media(sdp), "127.0.0.1", 5000))


def test_other_media_are_refused_in_their_place() -> None:
    sdp = read_sdp(_HEAD + "m=video 4002 RTP/AVP 97\r\nm=audio 4000 RTP/AVP 0\r\n")
    answer = serialize_sdp(make_answer(sdp, read_media(sdp), "127.0.0.1", 5000))
    assert answer.index("m=video 0 ") < answer.index("m=audio 5000 ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=x",
        _HEAD,
        offer("18"),
        offer("0").replace("m=audio 4000", "m=audio 0"),
        offer("0").replace("m=audio 4000", "m=audio 70000"),
        offer("0").replace("m=audio 4000", "m=audio -1"),
        offer("0").replace("m=audio 4000", "m=audio four"),
        offer("0").replace("RTP/AVP", "RTP/SAVP"),
        offer("0").replace("192.0.2.7", "224.0.0.1"),
        offer("0").replace("192.0.2.7", "example.com"),
        offer("0", "a=rtpmap:0 G729/8000"),
        offer("0", "a=rtpmap:x y/z"),
        offer("0", "a=rtpmap:0 PCMU/" + "9" * 5000),
        offer(" ".join(str(number) for number in range(128))),
        _HEAD + "m=audio 4000 RTP/AVP 0\r\n" * 50,
        offer("0", *["a=x"] * 1000),
    ],
)
def test_descriptions_without_sense_or_measure_are_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        read_media(read_sdp(text))


def test_event_of_another_clock_than_the_sounds_is_left_alone() -> None:
    many = offer("96 0 99 101", "a=rtpmap:99 telephone-event/48000", "a=rtpmap:101 telephone-event/8000")
    assert read_media(read_sdp(many)).event_payload == 101
    assert read_media(read_sdp(offer("0 99", "a=rtpmap:99 telephone-event/48000"))).event_payload is None


def test_ipv6_address_is_left_to_where_the_signalling_comes_from() -> None:
    text = offer("0").replace("c=IN IP4 192.0.2.7", "c=IN IP6 fd00::2")
    assert read_media(read_sdp(text)).host == ""


def test_answer_promises_packets_of_20_ms_whatever_was_asked() -> None:
    sdp = read_sdp(offer("0", "a=ptime:40"))
    assert "a=ptime:20\r\n" in serialize_sdp(make_answer(sdp, read_media(sdp), "127.0.0.1", 5000))


def test_our_offer_names_the_callers_codec_first_and_events_last() -> None:
    assert "m=audio 5000 RTP/AVP 8 0 101\r\n" in serialize_sdp(make_offer("127.0.0.1", 5000, (8, 0)))


def test_event_counts_once_whatever_is_sent_again_or_comes_late() -> None:
    keys = EventKeys()
    middle, end = struct.pack("!BBH", 5, 10, 160), struct.pack("!BBH", 5, 0x8A, 320)
    other_end = struct.pack("!BBH", 6, 0x8A, 320)
    packets = [(middle, 1000), (end, 1000), (end, 1000), (other_end, 2000), (end, 1000), (other_end, 2000)]
    assert "".join(keys.feed(payload, 7, stamp) for payload, stamp in packets) == "56"


def test_same_key_pressed_twice_counts_twice() -> None:
    keys, end = EventKeys(), struct.pack("!BBH", 1, 0x8A, 320)
    assert keys.feed(end, 7, 1000) + keys.feed(end, 7, 2000) + keys.feed(end, 8, 1000) == "111"


@pytest.mark.parametrize(
    "payload", [b"", b"\x01\x8a\x00", struct.pack("!BBH", 17, 0x8A, 1), struct.pack("!BBH", 255, 0x8A, 1)]
)
def test_events_that_are_no_keys_give_none(payload: bytes) -> None:
    assert EventKeys().feed(payload, 7, 1) == ""


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("Application/DTMF-Relay; charset=utf-8", "signal = *\r\n", "*"),
        ("application/dtmf", "#", "#"),
        ("application/dtmf-relay", "Signal=55\r\n", ""),
        ("application/dtmf-relay", "Signal=x\r\n", ""),
        ("application/dtmf", "11", "#"),
        ("application/dtmf-relay", "Signal=16\r\n", ""),
        ("application/dtmf", "123", ""),
        ("text/plain", "Signal=5", ""),
        ("", "", ""),
    ],
)
def test_keys_in_info_bodies(kind: str, body: str, key: str) -> None:
    assert key_from_info(kind, body) == key


def tone(key: str, duration_ms: float, level: float = 4000.0) -> bytes:
    at_s = np.arange(int(duration_ms * 8)) / 8000
    low, high = _KEYS[key]
    wave = np.sin(2 * np.pi * low * at_s) + np.sin(2 * np.pi * high * at_s)
    return (level * wave).astype("<i2").tobytes()


def quiet(duration_ms: float) -> bytes:
    return bytes(int(duration_ms * 8) * 2)


def in_frames(pcm: bytes) -> str:
    keys = ToneKeys()
    return "".join(keys.feed(pcm[start : start + 320]) for start in range(0, len(pcm), 320))


@pytest.mark.parametrize("offset_ms", [0, 3, 7, 11])
@pytest.mark.parametrize("duration_ms", [40, 80, 400])
def test_every_tone_is_heard_once_wherever_it_begins_and_however_long_it_lasts(
    offset_ms: int, duration_ms: int
) -> None:
    sound = b"".join(quiet(50 + offset_ms) + tone(key, duration_ms) for key in _KEYS) + quiet(50)
    assert in_frames(sound) == "".join(_KEYS)


def test_same_tone_twice_is_two_keys() -> None:
    assert in_frames(tone("1", 80) + quiet(50) + tone("1", 80)) == "11"


def test_tones_are_heard_quietly_and_with_noise() -> None:
    noise = np.random.default_rng(1).normal(0, 60, 8 * 200)
    sound = np.frombuffer(tone("8", 200, level=700.0), dtype="<i2") + noise
    assert in_frames(quiet(40) + sound.astype("<i2").tobytes() + quiet(40)) == "8"


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.9), (2.5, 1.0)], ids=["high louder by 5.6 dB", "low by 8 dB"])
def test_tones_of_unlike_loudness_are_heard_with_noise(low: float, high: float) -> None:
    at_s = np.arange(8 * 100) / 8000
    noise = np.random.default_rng(3)
    for key, (row, column) in _KEYS.items():
        wave = 2500 * (low * np.sin(2 * np.pi * row * at_s) + high * np.sin(2 * np.pi * column * at_s))
        sound = (wave + noise.normal(0, 150, len(at_s))).astype("<i2").tobytes()
        assert in_frames(quiet(43) + sound + quiet(60)) == key


def test_prompts_spoken_or_single_tones_are_no_keys() -> None:
    at_s = np.arange(8000) / 8000
    rng = np.random.default_rng(2)
    for sound in (
        8000 * np.sin(2 * np.pi * 697 * at_s),
        rng.normal(0, 4000, 8000),
        sum(3000 * np.sin(2 * np.pi * 150 * n * at_s) / n for n in range(1, 12)),
    ):
        assert in_frames(np.asarray(sound).astype("<i2").tobytes()) == ""


def test_frames_of_a_file_are_whole_and_hold_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(tone("5", 50))
    frames = list(frames_of(str(path), 0))
    assert [len(frame) for frame in frames] == [160, 160, 160]
    assert frames[2].endswith(silence(0)[80:])
    assert frames[0] != silence(0)


def test_missing_file_has_no_frames() -> None:
    assert list(frames_of("/nowhere/at/all.wav", 0)) == []


def test_streams_last_as_long_as_they_say() -> None:
    assert len(list(frames_of("silence_stream://400", 8))) == 20
    assert len(list(frames_of("tone_stream://%(100,100,440);loops=3", 8))) == 30


def test_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=5, now_s=0.0)
    assert sum(bucket.take(0.0) for _ in range(20)) == 5
    assert sum(bucket.take(1.0) for _ in range(20)) == 5
    assert bucket.take(1.1)


def test_same_line_is_logged_once_in_a_while_with_the_number_of_those_left_out() -> None:
    import logging

    now_s = [0.0]
    seldom = Seldom(10.0, lambda: now_s[0])

    def passes(text: str) -> str | None:
        record = logging.LogRecord("x", logging.WARNING, "f", 1, text, (), None)
        return str(record.msg) if seldom.filter(record) else None

    assert passes("bad") == "bad"
    assert [passes("bad"), passes("bad")] == [None, None]
    assert passes("other") == "other"
    now_s[0] = 11.0
    assert passes("bad") == "bad (2 more like it)"
