"""The language that a caller chose in an earlier call.

| key | holds |
|---|---|
| `digitree:language:<E164>` | its code, signed (`ivr.domain.signed_values`); expires |

One for each caller and not for each menu: a caller speaks the same language at every number of a business, and one
key is erased with the number. Redis alone has them: what is lost costs a caller one question.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.sequences import LANGUAGE
from ivr.domain.signed_values import ForgedValue, SignedValues
from ivr.storage.redis.menu_cache import PREFIX, READ_TIMEOUT_S, WRITE_TIMEOUT_S, connect
from ivr.storage.redis.unavailable import translated

log = logging.getLogger(__name__)

DAY_S = 86_400
# After Redis has failed it is not asked for a moment, so that a frozen one delays one call and not every call.
REST_S = 1.0


def language_key(number: str) -> str:
    return f"{PREFIX}language:{number}"


class RedisKeptLanguages:
    """ports.KeptLanguages, one for each process, for greenlets. `days`: how long they are kept; 0: not at all."""

    def __init__(
        self,
        url: str,
        signed: SignedValues,
        days: int,
        *,
        timeout_s: float = READ_TIMEOUT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s)
        self._signed = signed
        self._days = days
        self._clock = clock
        self._rest_until = float("-inf")

    def find(self, number: str) -> str:
        key = language_key(number)
        found = self._ask(lambda: self._redis.get(key)) if self._days else None
        try:
            language = "" if found is None else self._signed.value(key, found).decode("ascii", "replace")
        except ForgedValue as error:
            log.error("a language that is not believed: %s", error)
            return ""
        return language if LANGUAGE.fullmatch(language) else ""

    def keep(self, number: str, language: str) -> None:
        key = language_key(number)
        if self._days:
            signed = self._signed.sign(key, language)
            self._ask(lambda: self._redis.set(key, signed, ex=self._days * DAY_S))

    def close(self) -> None:
        self._redis.close()

    def _ask(self, request: Callable[[], Any]) -> Any:
        """None while Redis does not answer."""
        if self._clock() < self._rest_until:
            return None
        try:
            with translated():
                return request()
        except StorageUnavailable as error:
            self._rest_until = self._clock() + REST_S
            log.warning("%s: callers are asked for their language", error)
            return None


class LanguageEraser:
    """ports.ErasableLanguages."""

    def __init__(self, url: str, signed: SignedValues, *, timeout_s: float = WRITE_TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=2)
        self._signed = signed

    def find(self, number: str) -> str:
        """Empty also where what is kept was not written by this product."""
        key = language_key(number)
        with translated():
            found = self._redis.get(key)
        try:
            return "" if found is None else self._signed.value(key, found).decode("ascii", "replace")
        except ForgedValue:
            return ""

    def forget(self, number: str) -> int:
        with translated():
            return int(self._redis.delete(language_key(number)))

    def close(self) -> None:
        self._redis.close()
