"""The names of voices that are there on every installation."""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT_VOICE = "joe"
ALIASES: Mapping[str, str] = {"rachel": DEFAULT_VOICE}
