"""A server that says what a test wrote down, and calls through the development switch to it."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devswitch.switch import CallResult, CallSetup, DevSwitch
from tests.devswitch.scenario_server import Conversation, ScenarioServer
from tests.devswitch.scenarios import Scenario, Write

DID = "+14155550100"


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """`one` and `two` seconds of sound."""
    for name, length_s, level in (("one", 1, 1000), ("two", 2, 2000)):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(level.to_bytes(2, "little") * 8000 * length_s)
    return tmp_path


class Talk:
    """Calls to a server that writes the given commands."""

    def __init__(self, prompts: Path) -> None:
        self.prompts = prompts
        self._server = ScenarioServer()
        self.address = f"127.0.0.1:{self._server.port}"
        self.replies: list[str] = []

    def expect(self, *writes: Write, second: tuple[Write, ...] = (), did: str = DID) -> Conversation:
        talk = Conversation(Scenario("here", writes, second=second), {"$P": str(self.prompts)})
        self._server.conversations[did] = talk
        return talk

    def call(self, *writes: Write, second: tuple[Write, ...] = (), **options: Any) -> CallResult:
        """One call in no time; `replies` has what the server was told. Options of DevSwitch or CallSetup."""
        talk = self.expect(*writes, second=second)
        switch_options = {
            name: options.pop(name)
            for name in ("agents", "strict", "find_sound", "speed", "counts_idle") if name in options
        }
        switch = DevSwitch(options.pop("targets", self.address), **{"speed": 100, **switch_options})
        try:
            return switch.call(CallSetup(**{"did": DID, **options}), timeout_s=30)
        finally:
            talk.over.wait(20)
            self.replies = [
                happened.what
                for happened in talk.happened
                if not happened.what.startswith(("connected", "notice", "closed"))
            ]

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def talk(prompts: Path) -> Iterator[Talk]:
    talk = Talk(prompts)
    yield talk
    talk.stop()

