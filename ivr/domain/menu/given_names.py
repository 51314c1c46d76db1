"""Names in what a test gives or expects that no node of its menu has a use for: typing errors, mostly."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ivr.domain.agents import AGENT_NAME
from ivr.domain.menu.given import DEFAULT_AGENT, Given
from ivr.domain.menu.node import Node
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.switch import SwitchNode
from ivr.domain.menu.transfer import TransferNode
from ivr.domain.menu.variables import KNOWN, OF_CALL, known_as, names_in
from ivr.domain.problems import Problem, pointer


def find_unused_names(given: Given, nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """A fault for each list, service, agent and variable that is given and that no node asks, rings or reads.
    Variables that come with a call may be more than its menu reads."""
    every = nodes.values()
    services = {node.service for node in every if isinstance(node, RequestNode)}
    lists = _lists(nodes)
    agents = {
        node.agent or DEFAULT_AGENT for node in every if isinstance(node, TransferNode) and node.rings_an_agent
    }
    read = {use.name for node in every for use in node.uses()}
    for at, name in enumerate(given.lists):
        yield from _unused(("lists", str(at)), name, "no node asks the list", lists)
    for name in given.services:
        yield from _unused(("services", name), name, "no node asks the service", services)
    for name in given.agents:
        if name != DEFAULT_AGENT:
            yield from _unused(("agents", name), name, "no node rings the agent", agents)
    people = {node.people for node in every if isinstance(node, TransferNode)} - {None}
    numbers = {node.to for node in every if isinstance(node, TransferNode)} - {None}
    for name in given.people:
        if not any(names_in(each or "") for each in numbers) or AGENT_NAME.fullmatch(name):
            yield from _unused(("people", name), name, "no node rings", {str(each) for each in people | numbers})
    for name in given.variables:
        if name not in KNOWN and not name.startswith(OF_CALL) and not any(name in known_as(each) for each in read):
            yield from _unused(("variables", name), name, "no node reads the variable", read)


def find_unused_lists(expected: Collection[str], nodes: Mapping[str, Node]) -> Iterator[Problem]:
    """A fault for each of these expected lists that no node asks or sets: that the caller is off it would always be
    true."""
    for name in expected:
        yield from _unused(("lists", name), name, "no node asks or sets the list", _lists(nodes), "expected")


def find_unused_languages(given: str | None, expected: str | None, languages: Collection[str]) -> Iterator[Problem]:
    """A fault for a language that the menu does not speak: no call of it has that one."""
    for name, part in ((given, "given"), (expected, "expected")):
        if name is not None:
            yield from _unused(("language",), name, "the menu does not speak", languages, part)


def _lists(nodes: Mapping[str, Node]) -> set[str]:
    asked = {node.list_name for node in nodes.values() if isinstance(node, SwitchNode)} - {None}
    return {name for node in nodes.values() for name in node.lists_set()} | {name or "" for name in asked}


def _unused(
    path: tuple[str, ...], name: str, none_has: str, names: Collection[str], part: str = "given"
) -> Iterator[Problem]:
    if name not in names:
        there = f"those of this menu: {', '.join(sorted(names))}" if names else "this menu has none"
        yield Problem(pointer(part, *path), f"{part}_not_used", f"{none_has} {name}; {there}")
