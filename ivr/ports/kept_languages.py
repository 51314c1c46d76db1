"""The languages that callers chose, kept for their next call."""

from __future__ import annotations

from typing import Protocol


class KeptLanguages(Protocol):
    """By the caller's number. What is lost costs a caller no more than a question; so no method raises, and none
    takes longer than a look-up may."""

    def find(self, number: str) -> str:
        """The language that was chosen; empty where none is kept, or it cannot be known now."""

    def keep(self, number: str, language: str) -> None: ...


class NothingKept:
    """Where no store of languages is known."""

    def find(self, number: str) -> str:
        return ""

    def keep(self, number: str, language: str) -> None: ...
