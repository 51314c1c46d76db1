"""Callers' numbers as a trunk writes them. Pure."""

from __future__ import annotations

import re

from ivr.domain.numbers import E164, parse_ani
from ivr.domain.trunks.model import Trunk

_DIGITS = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)


def read_caller(raw: str, trunk: Trunk | None, region: str) -> E164 | None:
    """The caller's number, None when it is withheld or cannot be one. `region`: what a number without country code
    means where no trunk says it."""
    if trunk is None:
        return parse_ani(raw, region)
    if trunk.caller_in == "digits" and _DIGITS.fullmatch(raw):
        found = parse_ani(f"+{raw}", trunk.country)
        if found is not None:
            return found
    return parse_ani(raw, trunk.country)
