"""The system prompts in the languages that this installation's voices speak, made in a thread between the prompts
that people wait for. English is made at the first start by whoever starts the installation (`tts.client`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

from ivr.domain.system_prompts.languages import ENGLISH, FOLDER, KEYS, LANGUAGES, first_subtag
from ivr.domain.system_prompts.words import SystemWords
from tts.client.errors import TtsError
from tts.client.named_recordings import Recordings, no_progress
from tts.server.engine import SpeechEngine
from tts.server.voices import Voice

log = logging.getLogger(__name__)
# Whether a licence allows commercial use, the surest first.
_COMMERCE = {"yes": 0, "unclear": 1, "no": 2}


class SystemPromptMaker:
    """One per speech process."""

    def __init__(self, engine: SpeechEngine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._is_making = self._is_wanted = False

    def want(self) -> list[str]:
        """Begin to make what is missing, of a voice added meanwhile too; returns the languages that are spoken."""
        with self._lock:
            self._is_wanted = True
            if not self._is_making:
                self._is_making = True
                threading.Thread(target=self._run, daemon=True, name="system-prompts").start()
        return [words.language for words, _ in self._spoken()]

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._is_wanted:
                    self._is_making = False
                    return
                self._is_wanted = False
            self.make()

    def make(self) -> dict[str, list[str]]:
        """The names of those that were missing, damaged or of another wording, by language. A language that cannot
        be spoken is logged, and tried again when they are next wanted."""
        made: dict[str, list[str]] = {}
        for words, voices in self._spoken():
            try:
                names = self._make(words, voices)
            except (TtsError, OSError) as error:
                log.error("the system prompts cannot be spoken in %s: %s", words.language, error)
                continue
            if names:
                made[words.language] = names
                log.info("made %d system prompts in %s", len(names), words.language)
        return made

    def _spoken(self) -> Iterator[tuple[SystemWords, list[Voice]]]:
        """The languages but English that a voice of this machine speaks: one elsewhere may cost money."""
        voices = [each for each in self._engine.voices.all() if each.remote is None]
        for words in LANGUAGES.values():
            able = [each for each in voices if first_subtag(each.language) == first_subtag(words.language)]
            if able and words is not ENGLISH:
                yield words, sorted(able, key=lambda voice: _rank(words, voice))

    def _make(self, words: SystemWords, voices: list[Voice]) -> list[str]:
        engine = self._engine
        directory = engine.prompts_dir / FOLDER / words.language
        each = [Recordings(engine.speak, engine.prompts_dir, directory, voice.id, voice.model) for voice in voices]
        # The voice that spoke them goes on, whichever else was added since.
        recordings = min(each, key=lambda known: len(known.outdated(words.prompts)))
        made = recordings.ensure(words.prompts, words.fragments, no_progress)
        if not words.fragments.keys().isdisjoint(made):
            # They were joined from the old fragments, and are joined again when they are next needed.
            for joined in directory.glob(f"{KEYS}*.wav"):
                joined.unlink(missing_ok=True)
        return made


def _rank(words: SystemWords, voice: Voice) -> tuple[bool, int]:
    """Voices of that very country first, then those whose licence allows commercial use."""
    is_other = voice.language.replace("_", "-").lower() != words.language.lower()
    return is_other, _COMMERCE.get(voice.licence.commerce, len(_COMMERCE))
