"""Prompts that say variables, filled for a call: what is played, what is asked of a voice, what is left out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from esl_server.call import filling
from esl_server.call.filling import MAX_FILES, SILENT, Filler
from esl_server.call.sequence import PlayedFile, PlayedSequence
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.templates import MASK, fixed_parts, part_audio
from ivr.domain.menu.variables import Memory

VOICE = "joe"


class Disk:
    """Files as they are on disk: all, but those that are missing."""

    def __init__(self, *missing: str) -> None:
        self.missing = set(missing)

    def find_prompt(self, prompt: PromptFile | None) -> PlayedFile | None:
        if prompt is None or prompt.file in self.missing:
            return None
        return PlayedFile(Path("/p") / prompt.file, prompt.file, prompt.duration_ms)

    def find_piece(self, voice: str, name: str) -> PlayedFile | None:
        if {name, voice} & self.missing:
            return None
        return PlayedFile(Path(f"/p/{voice}/{name}.wav"), name, 300)


class Voice:
    """A speech process that answers at once, or never."""

    def __init__(self, *, hangs: bool = False, english: bool = True) -> None:
        self.said: list[str] = []
        self.wanted: list[str] = []
        self.forgotten: list[str] = []
        self.hangs, self.english = hangs, english

    def deadline(self) -> float:
        return 1.0

    def speak(self, text: str, voice: str, deadline: float) -> PromptFile | None:
        self.said.append(text)
        return None if self.hangs else PromptFile(f"spoken {text}", 800)

    def forget(self, text: str, voice: str) -> None:
        self.forgotten.append(text)

    def want_pieces(self, voice: str, deadline: float) -> bool:
        self.wanted.append(voice)
        return self.english


def prompt(text: str) -> tuple[PromptFile, dict[str, PromptFile]]:
    parts = {part_audio(part, VOICE): PromptFile(part.text, 1000) for part in fixed_parts(text)}
    return PromptFile("example", 5000, text, VOICE), parts


def fill(
    text: str, voice: Voice | None = None, disk: Disk | None = None, secrets: tuple[str, ...] = (), **values
) -> PlayedSequence:
    own, parts = prompt(text)
    memory = Memory("+14805550199", values=values, secrets=frozenset(secrets))
    filler = Filler({**parts, "own.wav": own}, disk or Disk(), filling.Voice(voice or Voice()))
    assert filler.says_variables(["own.wav"])
    filled = filler.fill(["own.wav"], memory)
    assert filled is not None
    return filled


def played(filled: PlayedSequence) -> list[str]:
    return filled.file.split("+")


def test_a_value_is_said_in_pieces_between_the_recorded_parts() -> None:
    filled = fill("Your balance is {balance:money}. Goodbye.", balance="152.40")
    assert played(filled) == [
        "Your balance is,", "h1", "n52", "dollars", "and", "n40", "cents-end", "pause", "Goodbye."
    ]  # fmt: skip
    assert filled.heard == "Your balance is 152.40. Goodbye."
    assert filled.left_out == ()


def test_what_pieces_cannot_say_is_spoken_and_neighbours_together() -> None:
    voice = Voice()
    filled = fill("{title} {name} is busy. {n:number} more.", voice, title="Dr.", name="Ann Lee", n=2)
    assert voice.said == ["Dr. Ann Lee"]
    assert played(filled) == ["spoken Dr. Ann Lee", "is busy.", "pause", "n2", "more."]


def test_words_that_do_not_come_in_time_cost_their_sentence_and_no_other() -> None:
    voice = Voice(hangs=True)
    filled = fill("Hello {name}, welcome. Press {key:digits} now.", voice, name="Ann", key="1")
    assert played(filled) == ["Press,", "n1", "now."]
    assert filled.left_out == ("name",)
    assert voice.forgotten == ["Ann"]
    assert filled.heard == "Press 1 now."


def test_what_was_heard_has_no_sentence_that_was_left_out() -> None:
    text = "Hi, Dr. {doctor:digits}! Bill {n:number}: {amount:money}, due {due}.  To pay, press 1. Or {key:digits}."
    values: dict[str, Any] = {"doctor": "7", "n": 2, "amount": "-52.4", "due": "2027-02-29", "key": "9"}
    cut = fill(text, Voice(hangs=True), **values)
    assert (cut.heard, cut.left_out) == ("Hi, Dr. 7! To pay, press 1. Or 9.", ("n", "amount", "due"))
    assert fill(text, **values).heard == (
        "Hi, Dr. 7! Bill 2: -52.4, due 2027-02-29.  To pay, press 1. Or 9."
    )  # fmt: skip
    nothing = fill("Bill {n}, due {due}.", Voice(hangs=True), n="two", due="soon")
    assert (nothing.heard, nothing.duration_ms) == ("", 0)


def test_what_has_no_room_is_not_heard() -> None:
    filled = fill("First. " + "Number {n:digits}. " * 99, n="1")
    said = len([file for file in played(filled) if file.startswith("Number")])
    assert 0 < said < 99
    assert filled.heard == "First." + " Number 1." * said


def test_what_is_not_set_is_no_word_and_no_fault() -> None:
    filled = fill("Hello {name}. Bye.")
    assert played(filled) == ["Hello,", "pause", "Bye."]
    assert filled.left_out == ()


def test_a_value_whose_pieces_are_missing_is_spoken_and_the_pieces_are_wanted() -> None:
    voice = Voice()
    filled = fill("You have {n:number}.", voice, Disk("n7-end"), n=7)
    ready, wanted = VOICE, VOICE
    assert (voice.wanted, voice.said) == ([ready, wanted], ["seven"])
    assert played(filled) == ["You have,", "spoken seven"]


def test_a_voice_of_another_language_gets_the_value_and_not_english_words() -> None:
    voice = Voice(english=False)
    fill("{a:money} {b:digits} {c:number}", voice, Disk(VOICE), a="5.10", b="42", c=12)
    assert voice.said == ["5.10 USD 4 2 12"]


def test_a_secret_is_said_in_pieces_but_never_spoken_into_a_file() -> None:
    voice = Voice()
    filled = fill("PIN {pin:digits}. Code {code}.", voice, secrets=("pin", "code"), pin="12", code="xyz w")
    assert voice.said == []
    assert played(filled) == ["PIN,", "n1", "n2-end"]
    assert filled.left_out == ("code",)
    assert filled.heard == "PIN •••."


def test_a_lost_part_costs_its_sentence() -> None:
    filled = fill("Hello {n:number}. Bye.", disk=Disk("Hello,"), n=1)
    assert played(filled) == ["Bye."]
    assert filled.left_out == ("n",)


def test_a_prompt_never_has_more_files_than_freeswitch_plays() -> None:
    filled = fill("{a:digits}. " * 16, a="1" * 24)
    assert 70 < len(played(filled)) <= MAX_FILES
    assert set(filled.left_out) == {"a"}


def test_without_a_speech_process_only_what_is_recorded_is_said() -> None:
    own, parts = prompt("{name}. {n:number}.")
    filled = Filler({**parts, "own.wav": own}, Disk()).fill(["own.wav"], Memory(values={"name": "Ann", "n": 3}))
    assert filled is not None
    assert played(filled) == ["n3-end"]
    assert SILENT.speech.deadline() == 0


@pytest.mark.parametrize("value", ["${system(id)}", "a,b^^", "!x", "'", "a\nb", "../../etc", "x" * 200, "\u202eИ😀"])
def test_no_value_becomes_part_of_a_path(value: str) -> None:
    for say_as in ("", ":digits", ":number", ":money", ":date", ":time", ":last4", ":phone"):
        voice = Voice()
        filled = fill(f"It is {{x{say_as}}} here.", voice, x=value)
        paths = filled.path.replace("!x", "x").removeprefix("file_string://").split("!")
        own = [path for path in paths if not path.startswith(("/p/spoken", "/p/It is", "/p/here"))]
        assert all(re.fullmatch(r"/p/joe/[a-z0-9-]{1,12}\.wav", path) for path in own)
        assert all("\n" not in said for said in voice.said)


def test_a_prompt_of_an_older_release_has_no_parts() -> None:
    own, parts = prompt("Hello {name}, it is {n}.")
    assert Filler({**parts, "own.wav": own}, Disk()).says_variables(["own.wav"])
    assert not Filler({"own.wav": own}, Disk()).says_variables(["own.wav"])
    assert not Filler({"own.wav": PromptFile("a", 1000)}, Disk()).says_variables(["own.wav"])


def test_prompts_of_a_sequence_are_joined_and_names_may_have_variables() -> None:
    own, parts = prompt("It is {n:number}.")
    prompts = {**parts, "own.wav": own, "open-north.wav": PromptFile("north", 500), "a.wav": PromptFile("a", 400)}
    filler = Filler(prompts, Disk())
    names = ["a.wav", "open-{line}.wav", "own.wav", "gone.wav"]
    memory = Memory(values={"line": "north", "n": 7})
    filled = filler.fill(names, memory)
    assert filled is not None
    assert played(filled) == ["a", "north", "pause", "It is,", "n7-end"]
    assert (filled.heard, filled.left_out) == ("It is 7.", ())
    unknown = filler.fill(names[:2], Memory(values={"line": "../a"}))
    assert unknown is not None
    assert (played(unknown), unknown.left_out) == (["a"], ("line",))
    lost = filler.fill(["open-{line}.wav"], Memory())
    assert lost is not None
    assert (lost.duration_ms, lost.file, lost.left_out) == (0, "", ("line",))
    assert filler.fill(["gone.wav"], Memory()) is None
    assert filler.says_variables(["open-{line}.wav"])
    assert not filler.says_variables(["a.wav"])


def test_a_file_or_a_text_that_a_secret_has_chosen_is_not_in_the_record() -> None:
    own, parts = prompt("You have {n:number}.")
    prompts = {**parts, "pin-7.wav": PromptFile("seven", 1000), "vip-7.wav": own}
    filler = Filler(prompts, Disk(), filling.Voice(Voice()))
    memory = Memory(values={"pin": "7", "n": 3}, secrets=frozenset({"pin"}))
    filled = filler.fill(["pin-{pin}.wav", "vip-{pin}.wav"], memory)
    assert filled is not None
    assert "seven" in filled.path
    assert filled.file == ""
    assert filled.heard == MASK
    plain = filler.fill(["pin-{pin}.wav", "vip-{pin}.wav"], Memory(values={"pin": "7", "n": 3}))
    assert plain is not None
    assert "seven" in plain.file
    assert plain.heard == "You have 3."


def test_the_voice_of_a_menu_is_made_ready_before_a_call_needs_it() -> None:
    own, parts = prompt("Hello, {name}.")
    voice = Voice()
    Filler({**parts, "own.wav": own, "plain.wav": PromptFile("plain", 900)}, Disk(), filling.Voice(voice))
    assert (voice.wanted, voice.said) == ([VOICE], [])
