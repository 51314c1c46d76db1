"""Variables said in a call: what is played in which order, what stays out, and what the record keeps of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Pool

from devswitch.caller import CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallResult, CallSetup, DevSwitch
from esl_server.call.filling import Voice
from esl_server.speech import CallSpeech
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from ivr.domain.menu.templates import fixed_parts, has_variables, part_audio
from ivr.domain.menu.variables import Memory
from ivr.domain.spoken.pieces import PAUSE, RECORDED
from tests.calls.test_messages import cut_all
from tests.rig import DID, Rig, running_server, write_wav
from tts.client.errors import TtsUnavailable
from tts.client.results import Speech

HOSTILE = ["${system(id)}", "a,b^^", "!x", "'", "../../etc", "x" * 200, "\u202eИ😀", 'say "hi" <b>; drop table']


class SpeechProcess:
    """Speaks a file of silence for each text, unless it is away or hangs."""

    def __init__(self, prompts: Path) -> None:
        self.prompts = prompts
        self.said: list[str] = []
        self.away = self.hangs = False

    def speak(self, text: str, voice: str, *, in_call: bool) -> Speech:
        self.said.append(text)
        if self.away:
            raise TtsUnavailable("away")
        if self.hangs:
            gevent.sleep(600)
        file = hashlib.sha256(text.encode()).hexdigest()[:32] + ".wav"
        write_wav(self.prompts / file, 600)
        return Speech(file, voice, "model", 600, cached=False)

    def want_pieces(self, voice: str) -> bool:
        return True


@pytest.fixture
def speech(tmp_path: Path) -> SpeechProcess:
    return SpeechProcess(tmp_path)


@pytest.fixture
def rig(tmp_path: Path, speech: SpeechProcess) -> Iterator[Rig]:
    with running_server(tmp_path, voice=Voice(CallSpeech(speech, wait_s=20))) as rig:
        directory = tmp_path / "system" / "spoken" / "joe"
        directory.mkdir(parents=True)
        for name in (*RECORDED, PAUSE):
            write_wav(directory / f"{name}.wav", 300)
        yield rig


def publish(rig: Rig, nodes: dict[str, Any], **texts: str) -> None:
    """`texts`: an audio name without its ending -> the text spoken under it."""
    prompts = {}
    for name, text in texts.items():
        template = text if has_variables(text) else None
        prompts[f"{name}.wav"] = PromptFile(_file(name), 5000, template, "joe")
        write_wav(rig.prompts_dir / _file(name), 5000)
        for part in fixed_parts(text):
            prompts[part_audio(part, "joe")] = PromptFile(_file(part.text), 900)
            write_wav(rig.prompts_dir / _file(part.text), 900)
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, parse_menu({"name": "S", "nodes": nodes}), prompts), DID)


def _file(name: str) -> str:
    return hashlib.sha256(f"file of {name}".encode()).hexdigest()[:32] + ".wav"


def call(rig: Rig, keys: str = "-", **setup: Any) -> CallResult:
    switch = DevSwitch(rig.targets, speed=40)
    return switch.call(CallSetup(did=DID, script=CallScript.parse(keys), **setup), timeout_s=60)


def steps(rig: Rig) -> list[tuple[str, str, str | None, str | None]]:
    ended = rig.records.of("call_ended")[-1]
    return [(step["node"], step["result"], step["key"], step["heard"]) for step in ended["path"]]


def name_of(text: str) -> str:
    return _file(text).removesuffix(".wav")


ASK = {
    "ask": {
        "gather": {"X{1,6}": "tell"}, "save": "amount", "audio": "ask.wav", "no_input_node": "bye", "max_attempts": 1
    }
}  # fmt: skip
BYE = {"bye": {"action": "hangup"}}


def test_what_was_keyed_is_said_in_the_next_message(rig: Rig, speech: SpeechProcess) -> None:
    tell = {"tell": {"audio": "tell.wav", "next": "bye"}}
    publish(rig, {**ASK, **tell, **BYE}, tell="You keyed {amount:money}. Thank you.")
    result = call(rig, "152")
    rig.drained()
    said = ["h1", "n52", "dollars-end", "pause"]
    assert result.prompt_names[-6:] == [name_of("You keyed,"), *said, name_of("Thank you.")]
    assert ("tell", "played", None, "You keyed 152. Thank you.") in steps(rig)
    assert speech.said == []
    assert result.violations == []


def test_a_question_an_end_and_a_transfer_say_variables_too(rig: Rig) -> None:
    nodes = {
        "ask": {"gather": {"1": "go", "2": "bye"}, "audio": "ask.wav", "set": {"n": 3}},
        "go": {"action": "transfer", "audio": "go.wav", "fallback_node": "bye"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
    }
    publish(rig, nodes, ask="Press 1 for {n:number}.", go="Line {n:digits}.", bye="{n:number} times goodbye.")
    result = call(rig, "1")
    rig.drained()
    names = result.prompt_names
    line = names.index(name_of("Line,"))
    assert (names[0], names[line + 1]) == (name_of("Press 1 for,"), "n3-end")
    call(rig, "2")
    rig.drained()
    assert ("ask", "key", "2", "Press 1 for 3.") in steps(rig)
    assert ("bye", "action", None, "3 times goodbye.") in steps(rig)


def test_words_that_only_a_voice_can_say_are_spoken_once_for_many_calls(rig: Rig, speech: SpeechProcess) -> None:
    tell = {"tell": {"audio": "tell.wav", "next": "bye", "set": {"name": "Ann Lee"}}}
    publish(rig, {**tell, **BYE}, tell="{name} is busy.")
    results = Pool(10).map(lambda _: call(rig), range(20))
    rig.drained()
    spoken = hashlib.sha256(b"Ann Lee").hexdigest()[:32]
    assert {tuple(result.prompt_names) for result in results} == {(spoken, name_of("is busy."))}
    assert speech.said == ["Ann Lee"]


@pytest.mark.parametrize("way", ["away", "hangs"])
def test_without_a_voice_the_sentence_is_left_out_and_the_record_says_so(
    tmp_path: Path, speech: SpeechProcess, way: str
) -> None:
    setattr(speech, way, True)
    with running_server(tmp_path, voice=Voice(CallSpeech(speech, wait_s=0.05))) as rig:
        nodes = {"tell": {"audio": "tell.wav", "next": "bye", "set": {"name": "Ann"}}, **BYE}
        publish(rig, nodes, tell="{name} is busy. Call again.")
        result = call(rig)
        rig.drained()
        assert result.prompt_names == [name_of("Call again.")]
        assert steps(rig)[:2] == [
            ("tell", "not_said", "name", None), ("tell", "played", None, "Call again.")
        ]  # fmt: skip
        assert result.violations == []


def test_a_whisper_that_cannot_be_said_is_left_out_and_the_record_says_so(rig: Rig, speech: SpeechProcess) -> None:
    speech.away = True
    ring = {"action": "transfer", "whisper_audio": "ring.wav", "set": {"name": "Ann"}, "on_agent_hangup": "bye"}
    publish(rig, {"ring": ring, **BYE}, ring="{name} calls.")
    result = call(rig)
    rig.drained()
    assert len(result.bridges) == 1
    assert [each for each in steps(rig) if each[1] == "not_said"] == [("ring", "not_said", "name", None)]


def test_a_question_of_which_nothing_can_be_said_reads_out_its_keys(rig: Rig, speech: SpeechProcess) -> None:
    speech.away = True
    nodes = {"ask": {"gather": {"1": "bye"}, "audio": "ask.wav", "set": {"name": "Ann"}}, **BYE}
    publish(rig, nodes, ask="Press 1 for {name}.")
    result = call(rig, "1")
    rig.drained()
    assert result.prompt_names == ["keys-1"]
    assert [(node, result, key) for node, result, key, _ in steps(rig)] == [
        ("ask", "not_said", "name"), ("ask", "key", "1"), ("bye", "action", None)
    ]  # fmt: skip


def test_the_next_worker_says_the_same(rig: Rig) -> None:
    nodes = {
        "ask": {"gather": {"1": "tell"}, "audio": "ask.wav", "set": {"n": 7}},
        "tell": {"action": "hangup", "audio": "tell.wav"},
    }
    publish(rig, nodes, ask="{n:number} or 1.", tell="You had {n:number}.")
    seen: list[ChannelNote] = []

    def watch(note: ChannelNote) -> None:
        if note.kind == "play" and "n7" in note.text:
            seen.append(note)
            if len(seen) == 1:
                gevent.spawn(cut_all, rig)

    result = call(rig, "1", on_note=watch)
    rig.drained()
    assert result.prompt_names[-2:] == [name_of("You had,"), "n7-end"]
    assert result.prompt_names[0] == "n7"
    assert rig.records.of("call_ended")[-1]["take_overs"] == 1


def test_a_secret_is_masked_in_the_record(rig: Rig) -> None:
    ask = {"ask": {**ASK["ask"], "gather": {"X{8}": "tell"}, "save": "pin", "secret": True}}
    publish(rig, {**ask, "tell": {"audio": "tell.wav", "next": "bye"}, **BYE}, tell="Your PIN is {pin:digits}.")
    result = call(rig, "47114711")
    rig.drained()
    digits = [name for name in result.prompt_names if name.startswith("n")]
    assert digits == ["n4", "n7", "n1", "n1", "n4", "n7", "n1", "n1-end"]
    assert ("tell", "played", None, "Your PIN is •••.") in steps(rig)
    assert "47114711" not in str(rig.records.of("call_ended"))


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_of_a_value_reaches_the_switch(rig: Rig, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = {"tell": {"audio": ["tell.wav", "open-{v}.wav"], "next": "bye", "set": {"v": "x"}}, **BYE}
    publish(rig, nodes, tell="It is {v:digits} and {v}.")
    monkeypatch.setattr(Memory, "fill", lambda self, given: value if given == "x" else given)
    result = call(rig)
    rig.drained()
    assert result.violations == []
    assert result.unknown_commands == []
    inside = re.compile(rf"{rig.prompts_dir}/(?:[0-9a-f]{{32}}|system/spoken/joe/[a-z0-9-]+)\.wav")
    assert all(inside.fullmatch(path) for path in result.prompts)
    assert ("tell", "not_said", "v", None) in steps(rig)


def test_an_audio_name_with_a_variable_plays_that_prompt_or_the_rest(rig: Rig) -> None:
    nodes = {"tell": {"audio": ["open-{line}.wav", "tell.wav"], "next": "bye", "set": {"line": "north"}}, **BYE}
    publish(rig, nodes, tell="Open.")
    published = rig.menus.menus["ivr_seed01:4"]
    rig.menus.menus["ivr_seed01:4"].prompts["open-north.wav"] = published.prompts["tell.wav"]
    result = call(rig)
    rig.drained()
    assert result.prompt_names == [name_of("tell"), name_of("tell")]


def test_many_calls_at_once_say_numbers_and_names(rig: Rig, speech: SpeechProcess) -> None:
    tell = {"tell": {"audio": "tell.wav", "next": "bye", "set": {"who": "{caller}", "name": "for {caller}"}}}
    publish(rig, {**tell, **BYE}, tell="{who:phone}. {name}.")
    callers = [f"+1480555{number:04d}" for number in range(1000, 1040)]
    results = Pool(40).map(lambda caller: (caller, call(rig, ani=caller)), callers)
    rig.drained()
    assert len(rig.records.of("call_ended")) == len(callers)
    said = 0
    for caller, result in results:
        files = result.prompt_names
        digits = "".join(name[1] for name in files if name[0] == "n" and name[1].isdigit())
        assert digits == caller[2:]
        said += hashlib.sha256(f"for {caller}".encode()).hexdigest()[:32] in files
    left_out = sum(step["result"] == "not_said" for each in rig.records.of("call_ended") for step in each["path"])
    assert said + left_out == len(callers)
    assert said >= 16
