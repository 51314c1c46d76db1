"""Which nodes of a menu play an audio name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.menu.playing import playing


def nodes_playing(document: Mapping[str, Any], audio: str) -> list[str]:
    """The nodes of a menu that play this audio name, in the author's order."""
    return playing(document, [audio]).get(audio, [])
