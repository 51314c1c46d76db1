"""Prompts that say variables, filled for a call: recorded parts, pieces of values, and words that a voice speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from esl_server.call.sequence import PlayedFile, PlayedSequence, in_sequence
from esl_server.speech import CallVoice, NoSpeech
from esl_server.switch import commands
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.templates import (
    MASK,
    Fixed,
    SaidVariable,
    Sentence,
    fill_name,
    filled,
    one_variable,
    part_audio,
    part_names,
    variables_in,
    written_sentences,
)
from ivr.domain.menu.variables import Memory, text_of
from ivr.domain.spoken.pieces import PAUSE, recordings_of
from ivr.domain.spoken.say import DEFAULT_CURRENCY, say

# FreeSWITCH plays 128 files in sequence.
MAX_FILES = 100


class Files(Protocol):
    """The files of prompts and pieces as they are on disk; None where one is missing or damaged."""

    def find_prompt(self, prompt: PromptFile | None) -> PlayedFile | None: ...

    def find_piece(self, voice: str, name: str) -> PlayedFile | None: ...


def no_sounds(sound: str) -> PlayedFile | None:
    """Where nothing that callers say is kept."""
    return None


class Voice(NamedTuple):
    """What says the values of all menus: words that are recorded nowhere, the currency of amounts without one, and
    the sounds that callers left."""

    speech: CallVoice
    currency: str = DEFAULT_CURRENCY
    find_sound: Callable[[str], PlayedFile | None] = no_sounds


SILENT = Voice(NoSpeech())


class _CannotSay(Exception):
    """A part of the sentence has no sound."""


@dataclass(slots=True)
class _Said:
    """What is to be played, so far."""

    files: list[PlayedFile]
    heard: list[str]
    left_out: list[str]


class Filler:
    """For the prompts of one menu; `prompts` are the menu's, with the recorded parts."""

    def __init__(self, prompts: Mapping[str, PromptFile], files: Files, voice: Voice = SILENT) -> None:
        self._prompts = prompts
        self._files = files
        self._voice = voice
        self._has_templates = any(prompt.template is not None for prompt in prompts.values())
        self._templates: dict[PromptFile, bool] = {}
        # Ready when a call comes to a prompt that has a value: nobody waits for it here.
        for speaker in {prompt.voice for prompt in prompts.values() if prompt.template is not None and prompt.voice}:
            voice.speech.want_pieces(speaker, 0.0)

    def says_variables(self, names: Sequence[str]) -> bool:
        """Whether what is played under these audio names depends on the call."""
        if not self._has_templates:
            return any("{" in name for name in names)
        return any("{" in name or self.is_template(self._prompts.get(name)) for name in names)

    def is_template(self, prompt: PromptFile | None) -> bool:
        """Whether the parts of its text are recorded: a prompt of an older release has none, and is played as it
        is."""
        if prompt is None or prompt.template is None:
            return False
        known = self._templates.get(prompt)
        if known is None:
            parts = part_names(prompt.template, prompt.voice or "")
            known = self._templates[prompt] = parts <= self._prompts.keys()
        return known

    def fill(self, names: Sequence[str], memory: Memory, *, in_time: bool = True) -> PlayedSequence | None:
        """The prompts of these audio names with the values of this memory; of 0 ms where nothing can be said, None
        where nothing is to be said. `in_time`: a voice may be waited for."""
        said = _Said([], [], [])
        deadline = self._voice.speech.deadline() if in_time else 0.0
        for name in names:
            audio = self._name(name, memory) if "{" in name else name
            prompt = self._prompts.get(audio or "")
            files_before, heard_before = len(said.files), len(said.heard)
            sound = self._voice.find_sound(audio) if prompt is None and audio is not None else None
            if sound is not None:
                said.files.append(sound)
            elif prompt is None:
                said.left_out += variables_in(name)
            elif self.is_template(prompt):
                self._fill_text(said, prompt, memory, deadline)
            elif (file := self._files.find_prompt(prompt)) is not None:
                said.files.append(file)
            if any(map(memory.is_secret, variables_in(name))):
                # Which prompt it is tells the value.
                said.files[files_before:] = [each._replace(file="") for each in said.files[files_before:]]
                said.heard[heard_before:] = [MASK] * (len(said.heard) > heard_before)
        heard = " ".join(said.heard)
        left_out = tuple(dict.fromkeys(said.left_out))
        if not said.files:
            return PlayedSequence(commands.ALREADY_PLAYED, "", 0, heard, left_out) if left_out else None
        return in_sequence(said.files[:MAX_FILES], heard, left_out)

    def _name(self, name: str, memory: Memory) -> str | None:
        variable = one_variable(name)
        return fill_name(name, memory) if variable is None else text_of(memory.find(variable))

    def _fill_text(self, said: _Said, prompt: PromptFile, memory: Memory, deadline: float) -> None:
        template, voice = prompt.template or "", prompt.voice or ""
        sentences = written_sentences(template)
        heard: list[str] = []
        for sentence, text in sentences:
            variables = [part.name for part in sentence if isinstance(part, SaidVariable)]
            try:
                files = list(self._say(sentence, voice, memory, deadline))
            except _CannotSay:
                said.left_out += variables
                continue
            breath = self._files.find_piece(voice, PAUSE) if said.files and files else None
            files = [breath, *files] if breath is not None else files
            if len(said.files) + len(files) > MAX_FILES:
                said.left_out += variables
                break
            said.files += files
            heard.append(text)
        words = template if len(heard) == len(sentences) else " ".join(heard)
        if words:
            said.heard.append(filled(words, memory, for_record=True))

    def _say(self, sentence: Sentence, voice: str, memory: Memory, deadline: float) -> Iterator[PlayedFile]:
        """Raises _CannotSay. Values that follow one another and need a voice are spoken together."""
        words: list[str] = []
        for part in sentence:
            if isinstance(part, Fixed):
                yield from self._speak(words, voice, deadline)
                words = []
                yield self._found(self._files.find_prompt(self._prompts.get(part_audio(part, voice))))
                continue
            spoken = say(text_of(memory.find(part.name)), part.say_as, part.currency or self._voice.currency)
            pieces = self._find_pieces(spoken.pieces, voice, ends_sentence=part.ends_sentence)
            if pieces:
                yield from self._speak(words, voice, deadline)
                words = []
                yield from pieces
            elif spoken.words:
                if memory.is_secret(part.name):
                    raise _CannotSay  # its sound would be a file
                in_english = not spoken.pieces or self._voice.speech.want_pieces(voice, deadline)
                words.append(spoken.words if in_english else spoken.plain)
        yield from self._speak(words, voice, deadline)

    def _find_pieces(self, names: tuple[str, ...], voice: str, *, ends_sentence: bool) -> list[PlayedFile]:
        """All of them or none."""
        names = recordings_of(names, ends_sentence=ends_sentence)
        found = [self._files.find_piece(voice, name) for name in names]
        whole = [piece for piece in found if piece is not None]
        return whole if len(whole) == len(names) else []

    def _speak(self, words: list[str], voice: str, deadline: float) -> Iterator[PlayedFile]:
        if not words:
            return
        text = " ".join(words)
        found = self._files.find_prompt(self._voice.speech.speak(text, voice, deadline))
        if found is None:
            self._voice.speech.forget(text, voice)
        yield self._found(found)

    def _found(self, file: PlayedFile | None) -> PlayedFile:
        if file is None:
            raise _CannotSay
        return file
