"""What a menu must have before it is used for calls that we make: an opt-out in its first question, and the name of
who calls in its first words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.domain.menu.document import Menu
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.node import Node
from ivr.domain.menu.rounds import first_waiting
from ivr.domain.menu.sequences import pieces_of
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.variables import Memory
from ivr.domain.problems import Problem

NO_OPT_OUT, NO_NAME = "no_opt_out", "who_calls_not_said"


def find_lacking(menu: Menu, on_behalf_of: str | None, memory: Memory) -> Iterator[Problem]:
    """What it lacks, each with the node where it is missing. `on_behalf_of`: the name that is to be said; None: that
    is not looked at. `memory` is what a call knows when it begins."""
    first, passed = first_waiting(menu.start, menu.nodes)
    nodes = [menu.nodes[each] for each in first if each in menu.nodes]
    questions = [node for node in nodes if isinstance(node, GatherNode)]
    for question in questions:
        if not any(len(key) == 1 and _opts_out(target, menu.nodes) for key, target in question.gather.items()):
            text = (
                f"the question {question.id} has no key that opts out, and is the first that people hear whom we "
                "call; lead one of its keys to a suppress"
            )
            yield question.warning(NO_OPT_OUT, text, "gather")
    if not questions:
        text = "people whom we call can press no key to be called no more; begin with a question that offers one"
        yield menu.nodes[menu.start].warning(NO_OPT_OUT, text)
    if on_behalf_of is not None:
        before = " ".join(words for node in passed for words in _words(node, memory))
        for node in nodes:
            heard = f"{before} {' '.join(_words(node, memory))}"
            if heard.strip() and _plain(on_behalf_of) not in _plain(heard):
                text = f"the first words at {node.id} do not say {on_behalf_of}; begin with who calls"
                yield node.warning(NO_NAME, text, "text")


def _opts_out(target: str, nodes: Mapping[str, Node]) -> bool:
    """Whether this way comes to nothing but the opt-out."""
    first, _ = first_waiting(target, nodes)
    return bool(first) and all(isinstance(nodes.get(each), SuppressNode) for each in first)


def _words(node: Node, memory: Memory) -> Iterator[str]:
    if node.text is not None:
        yield from (str(memory.fill(item)) for _, _, item in pieces_of(node.text))


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
