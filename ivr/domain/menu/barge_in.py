"""Questions whose prompt no key cuts short: a caller who wants to opt out must not have to wait for its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.message import next_without_message
from ivr.domain.menu.node import Node
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.problems import Problem, pointer


def find_opt_outs_that_wait(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """A fault for each such question with a key that leads to the opt-out, straight or by messages."""
    for node in nodes.values():
        if not isinstance(node, GatherNode) or node.barge_in:
            continue
        for digit, target in node.gather.items():
            if isinstance(nodes.get(next_without_message(target, nodes) or ""), SuppressNode):
                text = (
                    f"key {digit} of this question opts out, so keys must cut its prompt short: leave barge_in out, "
                    "or ask for the opt-out elsewhere"
                )
                yield Problem(pointer("nodes", node.id, "barge_in"), "opt_out_must_not_wait", text, node.id)
                break
