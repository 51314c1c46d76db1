"""Whether callers can find the opt-out: in the first question, said by its prompt, one key away, on the same key
wherever it is offered, and before any message; where a switch stands before it, in each of the first questions. A
question between that key and the list asks the caller again for what they have said, and what is heard between them
keeps the caller waiting."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from ivr.domain.menu.digits_said import digits_said
from ivr.domain.menu.ending import EndNode
from ivr.domain.menu.entries import KEYS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.message import MessageNode, next_without_message
from ivr.domain.menu.node import Node, Surroundings
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.rounds import first_waiting
from ivr.domain.menu.sequences import sequence_of
from ivr.domain.menu.suppress import SuppressNode
from ivr.domain.menu.words import words_of
from ivr.domain.problems import Problem


def lint_opt_out(start: str, around: Surroundings) -> Iterator[Problem]:
    """Nothing for a menu whose questions offer no opt-out."""
    nodes = around.nodes
    yield from _heard_before(nodes)
    offered = [
        (node, digit)
        for node in nodes.values()
        if isinstance(node, GatherNode)
        for digit, target in node.gather.items()
        if isinstance(_led_to(target, nodes), SuppressNode)
    ]
    if not offered:
        return
    first, passed = first_waiting(start, nodes)
    yield from _unsaid(first, offered, around)
    yield from _asked_again([node for node, _ in offered], around)
    for node, digit in offered:
        if set(KEYS).issuperset(digit) and not node.entries.is_final(digit):
            text = (
                f"{digit} begins a longer entry, so it counts only after {node.between_s:g} seconds: give it "
                "a key with which no other entry begins"
            )
            yield node.warning("opt_out_waits", text, "gather", digit)
    offering = {node.id for node, _ in offered}
    # A call that ends before any question is asked nothing.
    asked = next((each for each in passed if isinstance(each, RequestNode) and each.wait), None)
    without = [each for each in first if each not in offering and not isinstance(nodes.get(each), EndNode)]
    # The question for the language may come first, whoever wrote its words.
    heard = [each for each in passed if not each.comes_first and (each.audio is not None or each.text is not None)]
    uncut = next((each for each in heard if isinstance(each, MessageNode) and not each.barge_in), None)
    if without or offering.isdisjoint(first):
        text = "the opt-out is not one key away in the first question; nothing may be asked before it"
        yield nodes[start].warning("opt_out_not_first", text)
    elif asked is not None:
        text = "callers wait for this request before the question that offers the opt-out: they cannot opt out then"
        yield asked.warning("request_before_opt_out", text)
    elif uncut is not None:
        text = "this message plays before the question that offers the opt-out: callers cannot opt out during it"
        yield uncut.warning("message_before_opt_out", text)
    elif heard:
        text = (
            "this is heard before the question that offers the opt-out: its key counts already, but callers are told "
            "of it only afterwards"
        )
        yield heard[0].warning("message_before_opt_out", text)
    usual = next((digit for node, digit in offered if node.id in first), offered[0][1])
    for node, digit in offered:
        if digit != usual and not any(other is node and usual == its for other, its in offered):
            text = f"the opt-out is key {digit} here and {usual} before: a caller who heard {usual} is not let out"
            yield node.warning("opt_out_key_differs", text, "gather", digit)


def _heard_before(nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """What has a prompt on a way from a key that comes to nothing but the opt-out, each once."""
    keys: dict[str, tuple[Node, str]] = {}
    for node in nodes.values():
        for digit, target in node.gather.items() if isinstance(node, GatherNode) else ():
            keys.setdefault(target, (node, digit))
    heard: dict[str, tuple[Node, str, str]] = {}
    for target, (node, digit) in keys.items():
        first, passed = first_waiting(target, nodes)
        if not first or not all(isinstance(nodes.get(each), SuppressNode) for each in first):
            continue
        for each in passed:
            if each.audio is not None or each.text is not None:
                heard.setdefault(each.id, (node, digit, first[0]))
    for node_id, (node, digit, opt_out) in heard.items():
        text = (
            f"callers hear this between key {digit} of {node.id} and the opt-out: lead that key straight to "
            f"{opt_out} and let its prompt say it"
        )
        yield nodes[node_id].warning("opt_out_not_at_once", text)


def _led_to(target: str, nodes: Mapping[str, Node]) -> Node | None:
    """The node that this one, or the messages from it on, leads to."""
    return nodes.get(next_without_message(target, nodes) or "")


def _unsaid(first: Container[str], offered: list[tuple[GatherNode, str]], around: Surroundings) -> Iterator[Problem]:
    """The first prompt's words, where they are known, must name the key. Those of a recording are the node's
    `text`; without it they are unknown, and nothing is warned of."""
    for node, digit in offered:
        if node.id not in first or len(digit) > 1:
            continue
        for words in words_of(node, around.spoken):
            if not words.can_be_read or digit in digits_said(words.text):
                continue
            prompt = "the first prompt" if words.language is None else f"the first prompt in {words.language}"
            text = f"{prompt} does not say that key {digit} opts out: say so, as in press {digit} to opt out"
            recorded = [
                audio
                for audio in sequence_of(node.audio, words.language or "")
                if audio in around.prompts and audio not in around.spoken
            ]
            if node.text is not None and recorded:
                named = " and ".join(recorded)
                text += f"; if the recording {named} says it, write the recording's words into the node's text"
            yield node.warning("opt_out_not_said", text, "gather", digit)


def _asked_again(offering: list[GatherNode], around: Surroundings) -> Iterator[Problem]:
    """A question that is there only to confirm: each of its other keys leads back to the asking question, or ends."""
    nodes = around.nodes
    for asker in nodes.values():
        if not isinstance(asker, GatherNode) or asker.comes_first or asker in offering:
            continue
        for digit, target in asker.gather.items():
            between = _led_to(target, nodes)
            if not isinstance(between, GatherNode) or between not in offering:
                continue
            others = [_led_to(each, nodes) for each in between.gather.values()]
            if len(others) <= 3 and all(
                each is None or each is asker or isinstance(each, EndNode) for each in others
            ):
                text = f"{target} asks again before the opt-out: the first key press must be enough"
                yield asker.warning("opt_out_asked_again", text, "gather", digit)
