"""Whether calls are still unanswered where a menu refuses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.node import Node
from ivr.domain.menu.reject import RejectNode
from ivr.domain.problems import Problem


def lint_answer(start: str, nodes: Mapping[str, Node], *, answers_at_once: bool) -> Iterator[Problem]:
    """A warning for each refusal that only hangs up."""
    refusals = [node for node in nodes.values() if isinstance(node, RejectNode)]
    if not refusals:
        return
    if answers_at_once:
        text = "calls are answered before they come here, so this only hangs up: set the menu's answer to false"
        yield from (node.warning("reject_after_answer", text, "action") for node in refusals)
        return
    early = _unanswered(start, nodes)
    text = "calls are answered by a question, a prompt or a transfer before they come here, so this only hangs up"
    yield from (node.warning("reject_after_answer", text, "action") for node in refusals if node.id not in early)


def _unanswered(start: str, nodes: Mapping[str, Node]) -> set[str]:
    """The nodes that a call may come to before it is answered."""
    found = {start}
    waiting = [start]
    while waiting:
        node = nodes[waiting.pop()]
        if not node.leaves_unanswered or node.audio is not None:
            continue
        for way in node.targets():
            if way.target in nodes and way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return found
