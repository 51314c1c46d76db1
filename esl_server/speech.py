"""Words that only a voice can say, spoken in a call: asked of the speech process, and waited for a second at most.

What comes too late is there for the next call: the request goes on without its caller. Files are named by their
content, so the same words are spoken once, and those that no menu plays are deleted after a day.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from typing import NamedTuple, Protocol

import gevent

from ivr.domain.menu.published import PromptFile
from tts.client.errors import TtsError
from tts.client.results import Speech

log = logging.getLogger(__name__)

WAIT_S = 1.0
# So many are spoken or wait for it, for all calls of a process; a speech process that hangs holds no more of them.
MAX_AT_ONCE = 16
MAX_KNOWN = 2048
_ASK_AGAIN_S = 60.0


class SpeechClient(Protocol):
    """What of tts.client.client.TtsClient a call needs. Raises TtsError."""

    def speak(self, text: str, voice: str, *, in_call: bool) -> Speech: ...

    def want_pieces(self, voice: str) -> bool: ...


class CallVoice(Protocol):
    """What prompts with variables need of a voice; CallSpeech in a process."""

    def deadline(self) -> float: ...

    def speak(self, text: str, voice: str, deadline: float) -> PromptFile | None: ...

    def forget(self, text: str, voice: str) -> None: ...

    def want_pieces(self, voice: str, deadline: float) -> bool: ...


class NoSpeech:
    """Where there is no speech process: only what is recorded is said."""

    def deadline(self) -> float:
        return 0.0

    def speak(self, text: str, voice: str, deadline: float) -> PromptFile | None:
        return None

    def forget(self, text: str, voice: str) -> None:
        """Nothing was spoken."""

    def want_pieces(self, voice: str, deadline: float) -> bool:
        return True


class _Asked(NamedTuple):
    """When pieces were asked for, and the greenlet whose value is the answer."""

    at: float
    answer: gevent.Greenlet


class CallSpeech:
    """One per process."""

    def __init__(self, client: SpeechClient, wait_s: float = WAIT_S) -> None:
        self._client = client
        self._wait_s = wait_s
        self._known: OrderedDict[tuple[str, str], PromptFile] = OrderedDict()
        self._speaking: dict[tuple[str, str], gevent.Greenlet] = {}
        self._asked: dict[str, _Asked] = {}

    def deadline(self) -> float:
        """Until when a prompt may wait for its words, all together."""
        return time.monotonic() + self._wait_s

    def speak(self, text: str, voice: str, deadline: float) -> PromptFile | None:
        """The file of these words; None where it is not there in time."""
        wanted = (text, voice)
        if (known := self._known.get(wanted)) is not None:
            self._known.move_to_end(wanted)
            return known
        speaking = self._speaking.get(wanted)
        if speaking is None:
            if len(self._speaking) >= MAX_AT_ONCE:
                log.warning("%d texts are being spoken: no more at once", MAX_AT_ONCE)
                return None
            speaking = self._speaking[wanted] = gevent.spawn(self._speak, text, voice)
        speaking.join(max(0.0, deadline - time.monotonic()))
        return speaking.value if speaking.ready() else None

    def forget(self, text: str, voice: str) -> None:
        """Its file is gone: have it spoken again."""
        self._known.pop((text, voice), None)

    def want_pieces(self, voice: str, deadline: float) -> bool:
        """Have the pieces of this voice made; nobody waits for them. False where it speaks no English."""
        now, asked = time.monotonic(), self._asked.get(voice)
        if asked is None or now - asked.at >= _ASK_AGAIN_S:
            asked = self._asked[voice] = _Asked(now, gevent.spawn(self._want_pieces, voice))
        asked.answer.join(max(0.0, deadline - now))
        return asked.answer.value is not False

    def _speak(self, text: str, voice: str) -> PromptFile | None:
        try:
            speech = self._client.speak(text, voice, in_call=True)
        except TtsError as error:
            log.warning("a value cannot be spoken in the voice %s: %s", voice, error.code)
            return None
        finally:
            self._speaking.pop((text, voice), None)
        spoken = PromptFile(speech.file, speech.duration_ms)
        if speech.instead_because:
            return spoken  # the next call may hear the voice itself
        self._known[text, voice] = spoken
        while len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return spoken

    def _want_pieces(self, voice: str) -> bool | None:
        try:
            return self._client.want_pieces(voice)
        except TtsError as error:
            log.warning("pieces in the voice %s cannot be made: %s", voice, error.code)
            return None
