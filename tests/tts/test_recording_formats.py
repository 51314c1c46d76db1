from __future__ import annotations

import pytest

from tts.client.recording_formats import FILE_NAME_ENDINGS, RAW_FORMATS, guessed_format, named_format


@pytest.mark.parametrize(
    ("file_name", "media_type", "parameters", "raw_format"),
    [
        ("menu.gsm", "", {}, "gsm"),
        ("MENU.GSM", "application/octet-stream", {}, "gsm"),
        ("a.b.ulaw", "audio/wav", {}, "ulaw"),
        ("menu.ul", "", {}, "ulaw"),
        ("menu.PCMU", "", {}, "ulaw"),
        ("menu.al", "", {}, "alaw"),
        ("menu.g722", "", {}, "g722"),
        ("menu.sln", "", {}, "sln"),
        ("menu.slin16", "", {}, "sln16"),
        ("menu.sln48", "", {}, "sln48"),
        ("menu.raw", "", {}, "sln"),
        ("menu.r16", "", {}, "sln16"),
        (r"C:\sounds.gsm\menu.wav", "audio/gsm", {}, ""),
        ("menu.wav", "audio/basic", {}, ""),
        ("menu.m4a", "audio/mp4", {}, ""),
        ("menu", "audio/PCMA", {"rate": "8000"}, "alaw"),
        ("", "audio/basic", {}, "ulaw"),
        ("", "audio/G722", {}, "g722"),
        ("", "audio/x-gsm", {}, "gsm"),
        ("", "audio/L16", {"rate": "16000"}, "l16-16000"),
        ("", "audio/l16", {"rate": "24000", "channels": "1"}, "l16-24000"),
        ("", "audio/l16", {"rate": "24000", "channels": "2"}, ""),
        ("", "audio/l16", {"rate": "much"}, ""),
        ("", "audio/webm", {"codecs": "opus"}, ""),
        ("menu", "", {}, ""),
        (".gsm", "", {}, ""),
        ("", "", {}, ""),
    ],
)
def test_the_name_tells_what_raw_samples_are_or_else_the_type(
    file_name: str, media_type: str, parameters: dict[str, str], raw_format: str
) -> None:
    assert guessed_format(file_name, media_type, parameters) == raw_format


@pytest.mark.parametrize("name", ["", ".", "pdf", "sln7", "sln16 or so"])
def test_an_unknown_name_is_none(name: str) -> None:
    assert named_format(name) is None


def test_every_ending_that_is_offered_is_known() -> None:
    assert all(named_format(ending) is not None for ending in FILE_NAME_ENDINGS)
    assert {"wav", "m4a", "webm", "gsm", "g722", "ulaw", "alaw", "sln16"} <= set(FILE_NAME_ENDINGS)
    assert {named_format(ending) for ending in FILE_NAME_ENDINGS} - {""} <= set(RAW_FORMATS)
