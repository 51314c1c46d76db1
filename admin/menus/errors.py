"""Errors of changing a menu. Each says whether something was changed."""

from __future__ import annotations

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


class WarningsRefused(IvrError):
    """The menu has warnings (`problems`), and `strict=true` was sent; nothing was changed."""

    code = "warnings"

    def __init__(self, warnings: list[Problem]) -> None:
        super().__init__("the menu has warnings, and strict=true refuses them; nothing was changed")
        self.problems = warnings
