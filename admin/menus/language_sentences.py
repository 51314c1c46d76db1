"""The sentences in which languages offer themselves, spoken when a menu that asks for the language is saved.

They are the installation's and not the menu's: spoken once for each language and key, at no charge, and again where
their wording or the voice of the language has changed. One that is there stays as it is while no voice speaks its
language, since every live menu says it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admin.menus.known_voices import KnownVoices
from ivr.domain.menu.ask_language import AskLanguageNode, OwnSentence, own_sentences, speaks, voice_of
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.language_sentences import FOLDER, audio_of, name_of, sentence_of
from tts.client.errors import TtsError
from tts.client.named_recordings import Recordings, Speak, no_progress
from tts.client.wav_files import find_duration_ms

log = logging.getLogger(__name__)


def sentence_files(document: Mapping[str, Any]) -> set[str]:
    """The files of the sentences that this menu needs, below the prompt directory; most menus need none."""
    return {audio_of(*each) for each in _sentences_of(document)}


def _sentences_of(document: Mapping[str, Any]) -> list[OwnSentence]:
    if not any(node.get("action") == AskLanguageNode.kind for node in document["nodes"].values()):
        return []
    return [each for _, each in own_sentences(parse_menu(document).nodes)]


@dataclass(frozen=True)
class LanguageSentences:
    """`prompts` is the prompt directory."""

    speak: Speak
    voices: KnownVoices
    prompts: Path

    def make(self, document: Mapping[str, Any]) -> None:
        """Speak those of this well-formed menu that are missing or outdated. Where that fails, the menu's warnings
        say so, and the next save tries again."""
        wanted = _sentences_of(document)
        voices = (self.voices.find() if wanted else None) or {}
        by_voice: dict[str, dict[str, str]] = {}
        for sentence in wanted:
            voice = voice_of(sentence.language, voices)
            if voice is not None and (speaks(voices[voice], sentence.language) or not self._is_there(sentence)):
                name = name_of(sentence.language, sentence.key)
                by_voice.setdefault(voice, {})[name] = sentence_of(sentence.language, sentence.key)
        for voice, texts in by_voice.items():
            self._speak(voice, texts)

    def outdated(self, document: Mapping[str, Any]) -> set[str]:
        """The files of this menu's sentences that are there, and that the voice for their language did not speak, or
        not in these words."""
        wanted = _sentences_of(document)
        voices = (self.voices.find() if wanted else None) or {}
        return {
            audio_of(*each)
            for each in wanted
            if self._is_there(each)
            and (voice := voice_of(each.language, voices)) is not None
            and self._recordings(voice).outdated({name_of(*each): sentence_of(*each)})
        }

    def _is_there(self, sentence: OwnSentence) -> bool:
        return find_duration_ms(self.prompts / audio_of(*sentence)) is not None

    def _speak(self, voice: str, texts: Mapping[str, str]) -> None:
        try:
            self._recordings(voice).ensure(texts, (), no_progress)
        except (TtsError, OSError) as error:
            log.error("%s: these sentences are not spoken yet: %s", ", ".join(texts), error)

    def _recordings(self, voice: str) -> Recordings:
        return Recordings(self.speak, self.prompts, self.prompts / FOLDER, voice)
