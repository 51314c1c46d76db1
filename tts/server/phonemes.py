"""Texts to phonemes, in a child process that may crash or hang without harm.

The child is started at the first text and kept. A text that kills it twice in a row is at fault and is refused
for good (BadText); if the child has died for another reason, a new one is started.
"""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from tts.client.errors import BadText, SynthesisFailed
from tts.server.child_env import child_env

# One inference takes about 1 MB for each phoneme, which the process keeps; a longer sentence is spoken in pieces.
MAX_PHONEMES_AT_ONCE = 200
# About two minutes of speech. A thousand ordinary characters are about 1,100 phonemes.
MAX_PHONEMES = 3000

_WORKER = Path(__file__).with_name("espeak_worker.py")
_START_WITHIN_S = 10.0
_ANSWER_WITHIN_S = 10.0
_MAX_ANSWER_BYTES = 4_000_000


class _WorkerDied(Exception):
    pass


class Phonemizer:
    """Serialises its callers: espeak-ng has one state for the whole process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def phonemize(
        self, language: str, text: str, vowel_clusters: Iterable[Sequence[str]] = ()
    ) -> list[list[str]]:
        """Phonemes by sentence. BadText if there is nothing to pronounce or the text cannot be processed,
        SynthesisFailed if no text can."""
        request = {"language": language, "text": text, "vowel_clusters": [list(c) for c in vowel_clusters]}
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            answer = self._ask_twice(line)
        if "error" in answer:
            raise SynthesisFailed(f"espeak-ng cannot speak {language!r}: {answer['error']}")
        sentences = [sentence for sentence in answer["sentences"] if _has_sound(sentence)]
        if not sentences:
            raise BadText("there is nothing in the text that can be spoken", "text_not_speakable")
        count = sum(map(len, sentences))
        if count > MAX_PHONEMES:
            raise BadText("the text takes too long to speak; make it shorter", "text_too_long_to_speak")
        return sentences

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ask_twice(self, line: bytes) -> dict[str, list[list[str]]]:
        for _ in range(2):
            try:
                return self._ask(line)
            except _WorkerDied:
                self._stop()
        raise BadText("the text cannot be pronounced; write it in ordinary words", "text_not_speakable")

    def _ask(self, line: bytes) -> dict[str, list[list[str]]]:
        process = self._running()
        if process.stdin is None:
            raise _WorkerDied
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except OSError as error:
            raise _WorkerDied from error
        answer: dict[str, list[list[str]]] = json.loads(_read_line(process, _ANSWER_WITHIN_S))
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        if self._process is None:
            self._process = self._start()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        """Start the child. SynthesisFailed if it ends before its first line, which no text can cause."""
        process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_env(),
            # Ctrl-C in a terminal must not reach the child; it ends with its input.
            start_new_session=True,
        )
        try:
            _read_line(process, _START_WITHIN_S)
        except _WorkerDied:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)  # its pipe closes before it has exited
            code = _end(process)
            raise SynthesisFailed(f"{_WORKER.name} does not start (exit code {code}); the log says why") from None
        return process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _end(process)


def _read_line(process: subprocess.Popen[bytes], within_s: float) -> bytes:
    if process.stdout is None:
        raise _WorkerDied
    deadline = time.monotonic() + within_s
    received = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not received.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise _WorkerDied
            chunk = process.stdout.read1(65536)  # type: ignore[attr-defined]
            received += chunk
            if not chunk or len(received) > _MAX_ANSWER_BYTES:
                raise _WorkerDied
    return received


def _end(process: subprocess.Popen[bytes]) -> int:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # bytes still buffered have no reader
                pipe.close()
    return process.wait()


def split_sentences(sentences: Iterable[Sequence[str]], limit: int = MAX_PHONEMES_AT_ONCE) -> list[list[str]]:
    """The phonemes in pieces of at most `limit`: cut after punctuation, else at a blank, else anywhere."""
    pieces = []
    for sentence in sentences:
        rest = list(sentence)
        while len(rest) > limit:
            cut = _last_index(rest[:limit], ",;:") or _last_index(rest[:limit], " ") or limit
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    return [piece for piece in pieces if _has_sound(piece)]


def _last_index(phonemes: Sequence[str], separators: str) -> int:
    """Number of phonemes up to and with the last separator; 0 if there is none in the second half."""
    for index in range(len(phonemes) - 1, len(phonemes) // 2, -1):
        if phonemes[index] in separators:
            return index + 1
    return 0


def _has_sound(phonemes: Iterable[str]) -> bool:
    return any(unicodedata.category(phoneme[0]).startswith("L") for phoneme in phonemes if phoneme)
