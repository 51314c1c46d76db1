"""Which audio names the nodes of a menu play, and which nodes play them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ivr.domain.menu.kinds import sounds_of
from ivr.domain.menu.templates import named_like


def playing(document: Mapping[str, Any], prompts: Collection[str]) -> dict[str, list[str]]:
    """Audio name -> the nodes that play it, both in the author's order. `prompts`: the names that there are, of which
    one with variables in it (`open-{line}.wav`) plays each that it may stand for; where there is none it stands for
    itself."""
    found: dict[str, list[str]] = {}
    for node_id, node in document["nodes"].items():
        for audio in sounds_of(node):
            for name in (named_like(audio, prompts) if "{" in audio else ()) or [audio]:
                nodes = found.setdefault(name, [])
                if node_id not in nodes:
                    nodes.append(node_id)
    return found
