"""A menu as commands: what a question is asked with while its prompt is there, and what in its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from esl_server.call import compiled_menu
from esl_server.call.compiled_menu import CompiledMenu, Question
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state_parts import TONES
from esl_server.switch import bridging, commands
from ivr.domain.agents import Agent, Target
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.menu.transfer import TransferNode

NODES = {
    "ask": {"gather": {"1": "go", "2": "gone", "9": "bye"}, "audio": "ask.wav", "timeout_s": 7},
    "silent": {"gather": {"1": "go"}},
    "unspoken": {"gather": {"2": "gone"}, "audio": "unspoken.wav"},
    "go": {"action": "transfer", "agent": "billing", "hold_audio": "hold.wav"},
    "default": {"action": "transfer"},
    "bye": {"action": "hangup", "audio": "bye.wav"},
    "end": {"action": "hangup"},
}
FILE, HOLD, BYE = ("a" * 32 + ".wav", "b" * 32 + ".wav", "c" * 32 + ".wav")
# 100 ms: 1600 bytes, and a frame of 320 less is no damage.
PROMPTS = {"ask.wav": PromptFile(FILE, 100), "hold.wav": PromptFile(HOLD, 100), "bye.wav": PromptFile(BYE, 100)}
BILLING = Agent("billing", (Target("sip:a@192.0.2.1"),))


class Paths:
    """Prompt files in a directory; keys are read out by files in `system`, or by none."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.has_keys = True

    def path_of(self, file: str) -> Path:
        return self.directory / file

    def heard_system(self, name: str, language: str = "") -> Path:
        return self.directory / "system" / name

    def piece(self, voice: str, name: str) -> Path:
        return self.directory / voice / f"{name}.wav"

    def keys_prompt(self, keys: str, language: str) -> Path | None:
        return self.heard_system(f"keys-{keys}.wav") if self.has_keys else None


def asked_at(menu: CompiledMenu, node: GatherNode) -> commands.Gather:
    asked = menu.gather(node)
    assert isinstance(asked, commands.Gather)
    return asked


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    for file in (FILE, HOLD, BYE):
        (tmp_path / file).write_bytes(b"x" * 1280)
    return Paths(tmp_path)


@pytest.fixture
def menu(paths: Paths) -> CompiledMenu:
    tree = parse_menu({"name": "m", "nodes": NODES})
    return CompiledMenu.of(PublishedMenu("ivr_a", 7, tree, PROMPTS, {"billing": BILLING}), paths)


def node(menu: CompiledMenu, name: str) -> Any:
    return menu.tree.nodes[name]


def test_a_menu_is_known_by_its_version(menu: CompiledMenu) -> None:
    assert menu.pointer == "ivr_a:7"


def test_a_question_is_asked_with_its_own_prompt_and_waits_as_long_as_it_says(
    menu: CompiledMenu, paths: Paths
) -> None:
    ask: GatherNode = node(menu, "ask")
    asked = asked_at(menu, ask)
    assert asked == commands.gather(str(paths.path_of(FILE)), 7)
    assert menu.gather(ask) is asked
    assert menu.is_still_there(ask, asked)
    assert menu.played(ask) == menu.played(ask, asked) == (FILE, 100)
    assert menu.heard(ask) == (FILE, None)


@pytest.mark.parametrize("bytes_left", [None, 1279])
def test_without_a_whole_prompt_the_digits_that_lead_on_are_read_out(
    menu: CompiledMenu, paths: Paths, bytes_left: int | None
) -> None:
    file = paths.path_of(FILE)
    file.unlink() if bytes_left is None else file.write_bytes(b"x" * bytes_left)
    ask: GatherNode = node(menu, "ask")
    asked = asked_at(menu, ask)
    assert asked == menu.digits_read_out(ask) == commands.gather(str(paths.heard_system("keys-19.wav")), 7)
    assert menu.is_still_there(ask, asked)
    assert menu.played(ask, asked) == ("system/keys-19.wav", None)
    assert menu.heard(ask) == ("system/keys-19.wav", "Press 1, or 9")


def test_a_question_without_a_prompt_reads_its_digits_out(menu: CompiledMenu, paths: Paths) -> None:
    silent: GatherNode = node(menu, "silent")
    assert menu.gather(silent).file == str(paths.heard_system("keys-1.wav")).encode()
    assert menu.played(silent) == ("system/keys-1.wav", None)
    assert menu.heard(silent) == ("system/keys-1.wav", "Press 1")


def test_without_any_file_two_tones_ask(menu: CompiledMenu, paths: Paths) -> None:
    paths.has_keys = False
    paths.path_of(FILE).unlink()
    ask: GatherNode = node(menu, "ask")
    asked = asked_at(menu, ask)
    assert asked == menu.tones(ask) == commands.gather(commands.TONE, 7)
    assert menu.is_still_there(ask, asked)
    assert menu.played(ask, asked) == (TONES, None)
    assert menu.heard(ask) == (None, "(two tones)")


def test_a_question_that_no_digit_leaves_asks_with_tones(menu: CompiledMenu) -> None:
    unspoken: GatherNode = node(menu, "unspoken")
    assert menu.gather(unspoken).file == commands.TONE.encode()
    assert menu.played(unspoken) == (TONES, None)


def test_tones_are_noted_though_digits_could_be_read_out_again(menu: CompiledMenu) -> None:
    silent: GatherNode = node(menu, "silent")
    assert menu.played(silent, menu.tones(silent)) == (TONES, None)


def test_digits_read_out_are_gone_when_their_file_is(menu: CompiledMenu, paths: Paths) -> None:
    silent: GatherNode = node(menu, "silent")
    asked = asked_at(menu, silent)
    paths.has_keys = False
    assert not menu.is_still_there(silent, asked)


def test_a_prompt_that_was_whole_is_not_looked_at_for_a_second(
    menu: CompiledMenu, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(compiled_menu.time, "monotonic", lambda: now)
    ask: GatherNode = node(menu, "ask")
    asked = asked_at(menu, ask)
    paths.path_of(FILE).unlink()
    now = 100.99
    assert menu.gather(ask) is asked
    assert not menu.is_still_there(ask, asked)
    now = 101.0
    assert menu.gather(ask) == menu.digits_read_out(ask)
    paths.path_of(FILE).write_bytes(b"x" * 1280)
    assert menu.gather(ask) is asked, "it is back"


def test_a_question_knows_how_many_bytes_its_prompt_has(paths: Paths) -> None:
    path = str(paths.path_of(FILE))
    played = PlayedSequence(path, FILE, 100)
    question = Question(((path, 1280),), commands.gather("/a.wav", 1), played, (FILE, 100))
    assert question.is_whole()
    assert not replace(question, files=((path, 1280), (path, 1281))).is_whole()


def test_an_agent_rings_with_the_nodes_own_audio_while_it_is_whole(menu: CompiledMenu, paths: Paths) -> None:
    go: TransferNode = node(menu, "go")
    assert menu.ringback(go) == str(paths.path_of(HOLD))
    paths.path_of(HOLD).write_bytes(b"x" * 1279)
    assert menu.find_whole("hold.wav") is None
    assert menu.ringback(go) == bridging.RINGING
    assert menu.ringback(node(menu, "default")) == bridging.RINGING
    assert menu.find_whole(None) is None
    assert menu.find_whole("unspoken.wav") is None
    assert menu.find_whole("bye.wav") == PROMPTS["bye.wav"]


def test_a_transfer_reaches_its_agent_or_the_default_one(menu: CompiledMenu) -> None:
    class Agents:
        default = ("default",)
        asked = 0

        def targets_of(self, agent: Agent) -> list[str]:
            self.asked += 1
            return [agent.name]

    agents: Any = Agents()
    assert menu.agent(node(menu, "go")) is BILLING
    assert menu.targets(node(menu, "go"), agents) == ("billing", ["billing"])
    assert menu.targets(node(menu, "go"), agents) == ("billing", ["billing"])
    assert agents.asked == 1
    assert menu.agent(node(menu, "default")) is None
    assert menu.targets(node(menu, "default"), agents) == (None, ("default",))


def test_an_end_plays_its_own_audio_if_it_has_some(menu: CompiledMenu, paths: Paths) -> None:
    assert menu.ending(node(menu, "bye")) == commands.playback(str(paths.path_of(BYE)))
    assert menu.ending(node(menu, "end")) is None
    assert menu.ending(node(menu, "unspoken")) is None
