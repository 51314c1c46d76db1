"""Words of a call in a voice that takes too long for it, made for the calls to come.

A caller who waits for them hears another voice, which may not even speak their language; the next one hears their
own.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tts.client.errors import TtsError
from tts.client.results import Speech
from tts.server.voices import Voice

# More are not wanted at a time: what is left out is wanted again by another call.
MAX_COMING = 16

log = logging.getLogger(__name__)

Speak = Callable[[str, Voice, bool, float], Speech]


class Coming:
    """Thread-safe. `speak` makes a prompt where it is not made yet."""

    def __init__(self, speak: Speak) -> None:
        self._speak = speak
        self._lock = threading.Lock()
        self._wanted: set[tuple[str, str, bool, float]] = set()

    def speak(self, text: str, voice: Voice, fragment: bool, rate: float) -> None:
        """Begin to make it; nobody waits."""
        wanted = (text, voice.id, fragment, rate)
        with self._lock:
            if wanted in self._wanted or len(self._wanted) >= MAX_COMING:
                return
            self._wanted.add(wanted)
        threading.Thread(
            target=self._run, args=(text, voice, fragment, rate), daemon=True, name="words-to-come"
        ).start()

    def _run(self, text: str, voice: Voice, fragment: bool, rate: float) -> None:
        try:
            self._speak(text, voice, fragment, rate)
        except TtsError as error:
            log.warning("words of a call cannot be spoken by %s: %s", voice.id, error)
        finally:
            with self._lock:
                self._wanted.discard((text, voice.id, fragment, rate))
