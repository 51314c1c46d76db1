"""Answers that services allow to be used again, as the bytes that came: no call sees what another does with
them."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from ivr.domain.service_definition import Service

MOST_ANSWERS = 2000
MOST_BYTES = 8 * 1024 * 1024

# The definition by which it was asked, and what it was sent.
Key = tuple[Service, str]


class Kept(NamedTuple):
    status: int
    text: bytes
    until: float


class KeptAnswers:
    """Those used last stay longest."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0

    def find(self, key: Key, now: float) -> Kept | None:
        kept = self._answers.get(key)
        if kept is None:
            return None
        if now >= kept.until:
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        return kept

    def keep(self, key: Key, kept: Kept) -> None:
        self._drop(key)
        self._answers[key] = kept
        self._bytes += _size(key, kept)
        while len(self._answers) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        kept = self._answers.pop(key, None)
        if kept is not None:
            self._bytes -= _size(key, kept)


def _size(key: Key, kept: Kept) -> int:
    return len(key[1]) + len(kept.text)
