"""The names of the voices that every installation has."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_VOICE = "joe"
ALIASES: Mapping[str, str] = {"rachel": DEFAULT_VOICE}
