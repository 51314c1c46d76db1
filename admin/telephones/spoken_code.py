"""What a telephone hears that is being verified: one sound that says a code twice.

It is made for one call (`ivr.storage.disk.once_sounds`), of sentences that are the same in every call and of digits
that take the same time each: neither a name nor a length in the call's record tells anything of the code.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from admin.prompts.service import Speaker
from ivr.domain.menu.published import PromptFile
from ivr.storage.disk.once_sounds import OnceSounds
from ivr.storage.disk.prompt_files import PromptFiles, silence
from tts.client.errors import PromptStoreFull, TtsUnavailable
from tts.client.voice_names import DEFAULT_VOICE

log = logging.getLogger(__name__)

AUDIO = "code.wav"
_BEFORE = "Hello. Somebody wants to try a menu on this telephone. If it is you, this is the code."
_AGAIN = "Once more."
_AFTER = "If you did not ask for this, you need not do anything. Goodbye."
# From the beginning of a digit to that of the next; a longer one stretches all.
_DIGIT_MS = 1000
_PAUSE_MS = 400
_UNSPOKEN = "the code cannot be spoken just now; try again in a moment"


def code_menu() -> dict[str, Any]:
    return {"name": "Code of a telephone", "nodes": {"code": {"action": "hangup", "audio": AUDIO}}}


@dataclass(frozen=True, slots=True)
class SpokenCodes:
    speaker: Speaker
    prompts: PromptFiles
    once: OnceSounds

    def say(self, code: str) -> PromptFile:
        """The sound of a code, to be forgotten after its call. Raises TtsUnavailable, PromptStoreFull, and what a
        Speaker raises."""
        digits = {digit: self.prompts.digit(digit) for digit in "0123456789"}
        known = {digit: samples for digit, samples in digits.items() if samples}
        if len(known) < len(digits):
            raise TtsUnavailable(_UNSPOKEN)
        slot = max(len(silence(_DIGIT_MS)), *map(len, known.values()))
        said = b"".join(known[digit].ljust(slot, b"\0") for digit in code)
        before, again, after = map(self._sentence, (_BEFORE, _AGAIN, _AFTER))
        try:
            return self.once.keep(silence(_PAUSE_MS).join((before, said, again, said, after)))
        except OSError as error:
            raise PromptStoreFull(f"the sound of the code cannot be kept: {error.strerror}", 30.0) from error

    def forget(self, sound: PromptFile) -> None:
        try:
            self.once.delete(sound.file)
        except OSError as error:
            log.warning("the sound of a code is deleted later: %s", error)

    def _sentence(self, text: str) -> bytes:
        samples = self.prompts.read(self.speaker.speak(text, DEFAULT_VOICE).file)
        if not samples:
            raise TtsUnavailable(_UNSPOKEN)
        return samples
