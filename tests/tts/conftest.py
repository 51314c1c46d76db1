"""A real speech process for the whole session: the model is loaded once, prompts collect in one directory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tts.client.client import TtsClient, speech_token

_LISTENS = re.compile(rb"listens on (http://\S+)")


SECRET = "secret-of-the-speech-tests"


def secret() -> str:
    return SECRET


@dataclass
class SpeechProcess:
    process: subprocess.Popen[bytes]
    url: str
    home: Path

    @property
    def prompts(self) -> Path:
        return self.home / "prompts"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def start_speech(home: Path, log: Path, shared: str = SECRET) -> SpeechProcess:
    """Started as the supervisor starts it, on a port of the system's choice, which its log names."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tts"],
            env={**os.environ, "DIGITREE_HOME": str(home), "DIGITREE_TTS": "127.0.0.1:0", "DIGITREE_SECRET": shared},
            stderr=out,
        )
    while process.poll() is None:
        if found := _LISTENS.search(log.read_bytes()):
            return SpeechProcess(process, found[1].decode(), home)
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the speech process ended: {log.read_text()}")


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SpeechProcess]:
    directory = tmp_path_factory.mktemp("speech")
    started = start_speech(directory / "home", directory / "log")
    yield started
    if started.process.poll() is None:
        started.stop()


@pytest.fixture
def own_speech(tmp_path: Path) -> Iterator[Callable[[], SpeechProcess]]:
    """For tests that stop it or count its work."""
    started: list[SpeechProcess] = []

    def start() -> SpeechProcess:
        started.append(start_speech(tmp_path / "home", tmp_path / "log"))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture
def client(speech: SpeechProcess) -> Iterator[TtsClient]:
    with TtsClient(speech.url, secret) as tts_client:
        yield tts_client


@pytest.fixture
def http(speech: SpeechProcess) -> Iterator[httpx.Client]:
    """The process as a program of ours would call it without the client."""
    headers = {"Authorization": f"Bearer {speech_token(SECRET)}"}
    with httpx.Client(base_url=speech.url, headers=headers, trust_env=False, timeout=60) as plain:
        yield plain
