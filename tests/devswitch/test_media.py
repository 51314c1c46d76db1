"""What is played and for how long, and what a caller heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from devswitch.media import HeardSound, UnknownMedia, find_file_length_ms, find_sound, render, tone_length_ms
from tests.devswitch.scenarios import make_prompts


@pytest.fixture
def files(tmp_path: Path) -> Path:
    make_prompts(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "length_ms"),
    [("one.wav", 1000), ("odd.wav", 1013), ("cut.wav", 500), ("empty.wav", 0), ("wide.wav", 1000), ("one", 1000)],
)
def test_the_length_is_what_is_there_to_be_played(files: Path, name: str, length_ms: float) -> None:
    assert find_file_length_ms(str(files / name)) == length_ms


@pytest.mark.parametrize("name", ["junk.wav", "head.wav", "no_such.wav", "plain", "x\0.wav"])
def test_what_freeswitch_cannot_open_is_not_found(files: Path, name: str) -> None:
    assert find_sound(str(files / name)) is None


def test_a_name_without_a_folder_is_not_found() -> None:
    assert find_sound("one.wav") is None


def test_a_changed_file_has_its_new_length(files: Path) -> None:
    file = files / "one.wav"
    assert find_file_length_ms(str(file)) == 1000
    file.write_bytes((files / "two.wav").read_bytes())
    assert find_file_length_ms(str(file)) == 2000


def test_sound_lasts_whole_frames(files: Path) -> None:
    sound = find_sound(str(files / "odd.wav"))
    assert sound is not None
    assert sound.length_ms == 1020


def test_a_file_string_is_its_parts_behind_a_quarter_of_silence(files: Path) -> None:
    sound = find_sound(f"file_string://{files}/one.wav!{files}/no.wav!{files}/short.wav")
    assert sound is not None
    assert [part.file.rpartition("/")[2] for part in sound.parts] == ["250", "one.wav", "short.wav"]
    assert sound.length_ms == 1380


@pytest.mark.parametrize(
    ("script", "length_ms"),
    [
        ("%(200,200,440);loops=2", 800),
        ("%(100,50,440)", 150),
        ("L=2;%(100,50,440);%(30,0,500)", 360),
        ("%(330,15,950);%(330,15,1400);%(330,1000,1800);loops=2", 4040),
    ],
)
def test_tones_last_as_long_as_their_script_says(script: str, length_ms: float) -> None:
    assert tone_length_ms(script) == length_ms


@pytest.mark.parametrize("name", ["say:hello", "phrase:x", "local_stream://moh", "shout://x/y"])
def test_what_has_no_model_says_so(name: str) -> None:
    with pytest.raises(UnknownMedia):
        find_sound(name)


def test_a_file_of_another_kind_says_so(files: Path) -> None:
    (files / "a.mp3").write_bytes(b"x")
    with pytest.raises(UnknownMedia):
        find_sound(str(files / "a.mp3"))


def test_what_was_heard_is_written_at_its_times(files: Path) -> None:
    heard = [
        HeardSound("silence_stream://400", 0, 400),
        HeardSound(str(files / "one.wav"), 400, 900),  # cut after half a second
        HeardSound(str(files / "wide.wav"), 1500, 2500),
        HeardSound(str(files / "no.wav"), 2500, 2600),
    ]
    render(heard, 3000, files / "heard.wav")
    with wave.open(str(files / "heard.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert len(samples) == pytest.approx(24000, abs=1)
    sounding = samples != 0
    assert not sounding[:3200].any()
    assert sounding[3200:7200].all()
    assert not sounding[7200:12000].any()
    assert sounding[12000:20000].all()
    assert not sounding[20000:].any()
