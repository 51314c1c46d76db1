"""The installation's list of words that are said in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ivr.domain.said.own_words import OwnWords
from ivr.ports.checks import accept


@dataclass(frozen=True, slots=True)
class WordList:
    """`words`: a spelling, and what is said for it. `updated_at` None: it was never written."""

    version: int = 0
    updated_at: datetime | None = None
    words: OwnWords = field(default_factory=dict)


class WordStore(Protocol):
    """The list in Postgres. There is one, empty at first."""

    def get(self) -> WordList: ...

    def put(
        self, words: OwnWords, *, actor: str, check: Callable[[WordList], object] = accept
    ) -> WordList:
        """Replace it; the same words are no change. `check` may refuse the list that is there by an exception."""
