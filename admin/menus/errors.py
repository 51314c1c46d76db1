"""Errors of changing a menu. Each says whether something was changed."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import IvrError
from ivr.domain.problems import Problem


class CacheAway(IvrError):
    """The cache cannot be reached; nothing was changed."""

    code = "cache_unavailable"
    retryable = True

    def __init__(self) -> None:
        super().__init__("the cache cannot be reached just now; nothing was changed")


class SavedNotLive(IvrError):
    """The change is in Postgres as `version`, but the cache was lost meanwhile: the keeper publishes it."""

    code = "saved_not_live"
    retryable = True

    def __init__(self, version: int | None) -> None:
        what = "the change" if version is None else f"version {version}"
        super().__init__(f"{what} is saved and will go live in a moment; do not send it again")
        self.version = version


class LanguageNotSpoken(IvrError):
    """A number was to have a language that its menu does not speak; nothing was changed."""

    code = "language_not_spoken"

    def __init__(self, language: str, spoken: Sequence[str]) -> None:
        known = f"it speaks {', '.join(spoken)}" if spoken else "it has no languages yet"
        super().__init__(f"the menu does not speak {language}: {known}. Name one of its languages, or none")


class WarningsRefused(IvrError):
    """The menu has warnings (`problems`), and `strict=true` was sent; nothing was changed."""

    code = "warnings"

    def __init__(self, warnings: list[Problem]) -> None:
        super().__init__("the menu has warnings, and strict=true refuses them; nothing was changed")
        self.problems = warnings
