"""Errors of bundles that API clients see by their code."""

from __future__ import annotations

from ivr.domain.errors import IvrError


class MenuTooLarge(IvrError):
    """The prompts of a menu have more bytes than a bundle may have."""

    code = "menu_too_large"
