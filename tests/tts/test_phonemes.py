from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts.client.errors import BadText, SynthesisFailed
from tts.server.phonemes import Phonemizer, split_sentences

# espeak-ng 1.52 in piper-tts 1.8.0 reads beyond a buffer on it, which ends its process with some C libraries.
CRASHES_ESPEAK = ".a" * 500
FRAGILE_WORKER = """
import json, os, signal, sys
print("{}", flush=True)
for line in sys.stdin:
    if json.loads(line)["text"] == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    print(json.dumps({"sentences": [["h", "o"]]}), flush=True)
"""


@pytest.fixture(scope="module")
def phonemizer() -> Iterator[Phonemizer]:
    child = Phonemizer()
    yield child
    child.close()


def test_each_sentence_has_its_phonemes(phonemizer: Phonemizer) -> None:
    first, second = phonemizer.phonemize("en-us", "Press 1. Goodbye.")
    assert "".join(first).startswith("p")
    assert second[-1] == "."


def test_a_text_that_may_crash_espeak_harms_no_other(phonemizer: Phonemizer) -> None:
    with suppress(BadText):
        phonemizer.phonemize("en-us", CRASHES_ESPEAK)
    assert phonemizer.phonemize("en-us", "Hello.")


def test_a_text_that_kills_its_child_twice_is_refused_and_the_next_one_is_spoken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "worker.py").write_text(FRAGILE_WORKER)
    monkeypatch.setattr("tts.server.phonemes._WORKER", tmp_path / "worker.py")
    child = Phonemizer()
    try:
        with pytest.raises(BadText) as refused:
            child.phonemize("en-us", "crash")
        assert refused.value.code == "text_not_speakable"
        assert child.phonemize("en-us", "Hello.") == [["h", "o"]]
    finally:
        child.close()


def test_a_child_that_was_killed_is_replaced_without_the_caller_noticing(phonemizer: Phonemizer) -> None:
    phonemizer.phonemize("en-us", "Hello.")
    assert phonemizer._process is not None
    os.kill(phonemizer._process.pid, signal.SIGKILL)
    assert phonemizer.phonemize("en-us", "Hello again.")


def test_a_child_that_hangs_is_given_up(phonemizer: Phonemizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tts.server.phonemes._ANSWER_WITHIN_S", 0.2)
    phonemizer.phonemize("en-us", "Hello.") if phonemizer._process else None
    real = phonemizer._running

    def stopped() -> object:
        process = real()
        os.kill(process.pid, signal.SIGSTOP)
        return process

    monkeypatch.setattr(phonemizer, "_running", stopped)
    with pytest.raises(BadText):
        phonemizer.phonemize("en-us", "Hello.")
    assert phonemizer._process is None


def test_a_child_that_does_not_start_is_no_texts_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("raise SystemExit(127)")
    monkeypatch.setattr("tts.server.phonemes._WORKER", tmp_path / "worker.py")
    child = Phonemizer()
    with pytest.raises(SynthesisFailed, match=r"does not start \(exit code 127\); the log says why"):
        child.phonemize("en-us", "Hello.")


@pytest.mark.parametrize("text", ["...", "\u2014", "[[ ]]", "{{{"])
def test_a_text_without_a_sound_is_refused(phonemizer: Phonemizer, text: str) -> None:
    with pytest.raises(BadText) as refused:
        phonemizer.phonemize("en-us", text)
    assert refused.value.code == "text_not_speakable"


def test_a_text_that_grows_when_read_aloud_is_refused(phonemizer: Phonemizer) -> None:
    with pytest.raises(BadText) as refused:
        phonemizer.phonemize("en-us", "\u4f60" * 1000)
    assert refused.value.code == "text_too_long_to_speak"


def test_double_brackets_are_text_not_commands(phonemizer: Phonemizer) -> None:
    spoken = "".join(phonemizer.phonemize("en-us", "[[hello]]")[0])
    assert spoken == "".join(phonemizer.phonemize("en-us", "hello")[0])


def test_a_language_espeak_does_not_have_is_a_fault_of_the_voice(phonemizer: Phonemizer) -> None:
    with pytest.raises(SynthesisFailed):
        phonemizer.phonemize("xx-nowhere", "Hello.")


@given(st.lists(st.text(alphabet="ab ,.", max_size=900).map(list), max_size=3), st.integers(1, 300))
def test_splitting_loses_no_sound_and_keeps_the_limit(sentences: list[list[str]], limit: int) -> None:
    pieces = split_sentences(sentences, limit)
    assert all(len(piece) <= limit for piece in pieces)
    letters = [p for sentence in sentences for p in sentence if p.isalpha()]
    assert [p for piece in pieces for p in piece if p.isalpha()] == letters


def test_a_long_sentence_is_cut_at_a_comma_rather_than_in_a_word() -> None:
    pieces = split_sentences([list("one two, three four")], 10)
    assert ["".join(piece) for piece in pieces] == ["one two,", " three ", "four"]
