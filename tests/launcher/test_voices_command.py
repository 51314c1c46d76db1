"""`digitree voices` with a mirror of Piper's catalogue and a speech process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tts.conftest import SECRET, SpeechProcess, start_speech
from tests.tts.mirror import Mirror, open_mirror

AMY = "en_US-amy-medium"
Voices = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with open_mirror() as opened:
        opened.add(AMY, "CC0", "Finetuned from U.S. English lessac voice (medium quality).")
        opened.add("es_MX-ana-high")
        yield opened


@pytest.fixture
def speech(tmp_path: Path) -> Iterator[SpeechProcess]:
    started = start_speech(tmp_path / "home", tmp_path / "log")
    yield started
    started.stop()


@pytest.fixture
def voices(tmp_path: Path, mirror: Mirror) -> Voices:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)

    def run(*words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/bin:/bin", "DIGITREE_HOME": str(home), "DIGITREE_SECRET": SECRET}
        return subprocess.run(
            [sys.executable, "-m", "launcher.cli", "voices", *words],
            env={**env, "DIGITREE_VOICES_URL": mirror.url, **variables},
            input=stdin, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    return run


def test_a_voice_is_found_added_listed_with_its_licence_and_removed(
    voices: Voices, speech: SpeechProcess
) -> None:
    tts = {"DIGITREE_TTS": speech.url.removeprefix("http://")}
    found = voices("list", "--available", "--language", "en-us").stdout.splitlines()
    assert [line.split("\t")[0] for line in found] == [AMY, "kokoro"]
    added = voices("add", AMY)
    assert added.returncode == 0, added.stderr
    assert "commercial use: UNCLEAR" in added.stdout
    rows = {line.split("\t")[0]: line.split("\t") for line in voices("list", **tts).stdout.splitlines()}
    assert rows[AMY][4:] == ["CC0", "UNCLEAR", "https://example.com/amy"]
    assert rows["joe"][4:6] == ["CC0", "UNCLEAR"]
    assert rows["rachel"][2].startswith("Rachel: Amy")
    assert voices("remove", AMY).returncode == 0
    assert AMY not in voices("list", **tts).stdout


def test_a_broken_download_is_one_line_that_says_what_to_do_and_changes_nothing(
    voices: Voices, mirror: Mirror, tmp_path: Path
) -> None:
    mirror.cut[f"en/en_US/amy/medium/{AMY}.onnx"] = 100
    broken = voices("add", AMY)
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "the same command goes on" in broken.stderr
    assert "Nothing was changed" in broken.stderr
    assert not list((tmp_path / "home" / "voices").glob("[!.]*"))
    assert voices("add", AMY).returncode == 0


def test_the_key_of_an_engine_elsewhere_is_shown_nowhere(voices: Voices, tmp_path: Path) -> None:
    words = ("add", "nova", "--engine", "openai", "--voice", "nova", "--key-stdin")
    assert voices(*words, stdin="a-secret-key\n").returncode == 0
    file = tmp_path / "home" / "voices" / "nova.voice.json"
    assert "a-secret-key" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("add", "nobody"), "the catalogue has no voice nobody"),
        (("remove", "joe"), "every installation has it"),
        (("remove", "nobody"), "digitree voices list"),
        (("remove", "em_alex"), "`digitree voices remove kokoro` removes all together"),
        (("add", "far", "--engine", "espeak", "--voice", "x"), "no engine"),
        (("add", "joe", "--engine", "openai", "--voice", "x"), "choose another one"),
    ],
)
def test_what_cannot_be_done_is_one_line(voices: Voices, words: tuple[str, ...], line: str) -> None:
    answer = voices(*words)
    assert answer.returncode == 2
    assert line in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
