"""The languages that callers chose, kept for their next call."""

from __future__ import annotations

from typing import Protocol


class KeptLanguages(Protocol):
    """By the caller's number. What is lost costs a caller no more than a question; so no method raises, and none
    takes longer than a look-up may."""

    def find(self, number: str) -> str:
        """The language that was chosen; empty where none is kept, or it cannot be known now."""

    def keep(self, number: str, language: str) -> None: ...


class ErasableLanguages(Protocol):
    """The same for requests about a person. Raises StorageUnavailable."""

    def find(self, number: str) -> str:
        """Empty where none is kept."""

    def forget(self, number: str) -> int:
        """How many there were: 1 or 0."""


class NothingKept:
    """Where no store of languages is known."""

    def find(self, number: str) -> str:
        return ""

    def keep(self, number: str, language: str) -> None: ...

    def forget(self, number: str) -> int:
        return 0
