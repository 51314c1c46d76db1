"""Prompts that say variables, filled for a call: recorded parts, pieces of values, and words that a voice speaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from esl_server.call.sequence import PlayedFile
from esl_server.speech import CallVoice
from ivr.domain.menu.published import PromptFile
from ivr.domain.menu.templates import Fixed, Sentence, Slot, filled, part_audio, sentences_of
from ivr.domain.menu.variables import Memory, text_of
from ivr.domain.spoken.pieces import PAUSE, recordings_of
from ivr.domain.spoken.say import say

# FreeSWITCH plays 128 files in sequence.
MAX_FILES = 100


class Files(Protocol):
    """The files of prompts and pieces as they are on disk; None where one is missing or damaged."""

    def find_prompt(self, prompt: PromptFile | None) -> PlayedFile | None: ...

    def find_piece(self, voice: str, name: str) -> PlayedFile | None: ...


class FilledPrompt(NamedTuple):
    """`files` are played in sequence, `heard` is the whole text with secrets masked, and `left_out` names the
    variables whose sentences could not be said."""

    files: tuple[PlayedFile, ...]
    heard: str
    left_out: tuple[str, ...]


class _CannotSay(Exception):
    """A part of the sentence has no sound."""


@dataclass(frozen=True, slots=True)
class Filler:
    """For the prompts of one menu. `prompts` are the menu's, with the recorded parts."""

    prompts: Mapping[str, PromptFile]
    files: Files
    speech: CallVoice
    currency: str

    def fill(self, prompt: PromptFile, memory: Memory) -> FilledPrompt:
        """The prompt's template, said with the values of this memory."""
        template, voice = prompt.template or "", prompt.voice or ""
        said: list[PlayedFile] = []
        left_out: list[str] = []
        deadline = self.speech.deadline()
        for sentence in sentences_of(template):
            try:
                files = list(self._say(sentence, voice, memory, deadline))
            except _CannotSay:
                files = []
                left_out += [part.name for part in sentence if isinstance(part, Slot)]
            breath = self.files.find_piece(voice, PAUSE) if said and files else None
            files = [breath, *files] if breath is not None else files
            if len(said) + len(files) > MAX_FILES:
                left_out += [part.name for part in sentence if isinstance(part, Slot)]
                break
            said += files
        return FilledPrompt(tuple(said), filled(template, memory), tuple(left_out))

    def has_parts(self, prompt: PromptFile) -> bool:
        """Whether its parts are recorded: a prompt of a release before had none, and is played as it is."""
        parts = (part for sentence in sentences_of(prompt.template or "") for part in sentence)
        voice = prompt.voice or ""
        return all(part_audio(part, voice) in self.prompts for part in parts if isinstance(part, Fixed))

    def _say(self, sentence: Sentence, voice: str, memory: Memory, deadline: float) -> Iterator[PlayedFile]:
        """Raises _CannotSay. Values that follow one another and need a voice are spoken together."""
        words: list[str] = []
        for part in sentence:
            if isinstance(part, Fixed):
                yield from self._speak(words, voice, deadline)
                words = []
                yield self._found(self.files.find_prompt(self.prompts.get(part_audio(part, voice))))
                continue
            spoken = say(text_of(memory.find(part.name)), part.say_as, part.currency or self.currency)
            pieces = self._find_pieces(spoken.pieces, voice, ends_sentence=part.ends_sentence)
            if pieces:
                yield from self._speak(words, voice, deadline)
                words = []
                yield from pieces
            elif spoken.words:
                if part.name in memory.secrets:
                    raise _CannotSay  # its sound would be a file
                in_english = not spoken.pieces or self.speech.want_pieces(voice, deadline)
                words.append(spoken.words if in_english else spoken.plain)
        yield from self._speak(words, voice, deadline)

    def _find_pieces(self, names: tuple[str, ...], voice: str, *, ends_sentence: bool) -> list[PlayedFile]:
        """All of them or none."""
        names = recordings_of(names, ends_sentence=ends_sentence)
        found = [self.files.find_piece(voice, name) for name in names]
        whole = [piece for piece in found if piece is not None]
        return whole if len(whole) == len(names) else []

    def _speak(self, words: list[str], voice: str, deadline: float) -> Iterator[PlayedFile]:
        if not words:
            return
        text = " ".join(words)
        found = self.files.find_prompt(self.speech.speak(text, voice, deadline))
        if found is None:
            self.speech.forget(text, voice)
        yield self._found(found)

    def _found(self, file: PlayedFile | None) -> PlayedFile:
        if file is None:
            raise _CannotSay
        return file
