"""Which nodes of a menu play an audio name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.domain.menu.kinds import sounds_of
from ivr.domain.menu.templates import named_like


def nodes_playing(document: Mapping[str, Any], audio: str) -> list[str]:
    """The nodes of a menu that play this audio name, in the author's order."""
    return [
        node_id
        for node_id, node in document["nodes"].items()
        if any(name == audio or ("{" in name and named_like(name, [audio])) for name in sounds_of(node))
    ]
