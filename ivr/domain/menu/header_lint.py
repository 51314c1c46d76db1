"""Headers of a transfer that leave the agent's INVITE no room for the keys pressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.node import Node
from ivr.domain.menu.sent_headers import fitting, path_room
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.variables import NOTHING_KNOWN
from ivr.domain.problems import Problem

# "=", one key and the comma after it, encoded.
_AROUND_ID = len("%3D") + 1 + len("%2C")


def lint_headers(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """A warning where the words of the headers alone, whatever the variables in them are, take the room of every
    question's key."""
    questions = [len(node.id) + _AROUND_ID for node in nodes.values() if isinstance(node, GatherNode)]
    for node in nodes.values():
        if questions and isinstance(node, TransferNode) and node.headers:
            sent, _ = fitting(node.chosen_headers(NOTHING_KNOWN))
            if path_room(sent) < min(questions):
                text = (
                    "these headers are so long that the agent is not told the keys pressed (X-IVR-Path), which have "
                    "the rest of 300 bytes: shorten them"
                )
                yield node.warning("no_room_for_path", text, "headers")
