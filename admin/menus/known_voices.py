"""The voices that there are, as the speech process last said: a menu is not kept waiting for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from tts.client.errors import TtsError
from tts.client.results import VoiceInfo

# How long the first to ask waits; later ones have what is known.
WAIT_S = 1.0
FRESH_S = 60.0
REST_S = 5.0


class KnownVoices:
    """Names, and the languages that they speak. `ask` blocks; raises TtsError. One per process."""

    def __init__(
        self, ask: Callable[[], Iterable[VoiceInfo]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._clock = ask, clock
        self._known: Mapping[str, str] | None = None
        self._due_at = float("-inf")
        self._asking = threading.Lock()

    def find(self) -> Mapping[str, str] | None:
        """By their names, and those that stand for others; the default voice first. None: not known."""
        if self._clock() >= self._due_at and self._asking.acquire(blocking=False):
            asking = threading.Thread(target=self._refresh, name="voices", daemon=True)
            asking.start()
            if self._known is None:
                asking.join(WAIT_S)
        return self._known

    def _refresh(self) -> None:
        rest_s = REST_S
        try:
            self._known = {each.id: each.language for each in self._ask()}
            rest_s = FRESH_S
        except TtsError:
            pass  # as they were known last
        finally:
            self._due_at = self._clock() + rest_s
            self._asking.release()
