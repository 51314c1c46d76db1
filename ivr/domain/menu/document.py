"""The menu: named nodes, each of one kind (`kinds`), and the node where a call starts.

`parse_menu` takes the JSON of the API and either returns a Menu or raises InvalidMenu with every fault at
once. A Menu keeps the author's order of nodes (the first is the start unless `start` names another) and
each node's JSON as it was written. What is merely unwise or not yet finished is not a fault here: see
`lint`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ivr.domain.errors import InvalidMenu
from ivr.domain.menu.ask_language import AskLanguageNode
from ivr.domain.menu.barge_in import find_opt_outs_that_wait
from ivr.domain.menu.fields import NODE_ID
from ivr.domain.menu.following import Act, Ask
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.hung_up import FIELD as HUNG_UP
from ivr.domain.menu.hung_up import find_nodes_for_callers
from ivr.domain.menu.kinds import parse_node, unknown_fields
from ivr.domain.menu.menu_fields import MAX_MENU_S, RATE, RECORD_CALL, USUAL_MENU_S, WORDS
from ivr.domain.menu.node import Node
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE, MAX_LANGUAGES
from ivr.domain.plain_names import is_plain_name
from ivr.domain.problems import Problem, pointer
from ivr.domain.said.own_words import OwnWords, word_problems

MAX_NODES = 500
MAX_NAME = 200
# What a menu may do without, beside its name and its nodes.
OPTIONAL = ("start", "answer", "languages", MAX_MENU_S.name, RATE.name, RECORD_CALL, HUNG_UP, WORDS)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class Menu:
    """A whole menu. `nodes` is in the author's order; `source` is the JSON each node was written as. `answer`: calls
    are answered at once, not at the first sound. `max_menu_s`: the seconds that a call may be in the menu, talks with
    agents apart. `hung_up_node` is done once a caller has hung up; it need not exist (yet). `record_call`: calls are
    recorded from an announcement on. `words`: spellings in its texts, and what is said for them. `rate`: how fast
    texts are spoken, where a node has no rate of its own."""

    name: str
    nodes: Mapping[str, Node]
    start: str
    explicit_start: bool = False
    # The first is that of callers who have chosen none; empty: the menu speaks one, and does not say which.
    languages: tuple[str, ...] = ()
    source: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    answer: bool = True
    max_menu_s: int = USUAL_MENU_S
    hung_up_node: str | None = None
    record_call: bool = False
    words: OwnWords = field(default_factory=dict)
    rate: float | None = None

    @cached_property
    def noting(self) -> frozenset[str]:
        """The nodes that set, count or limit something when a call comes to them: few have any."""
        found = [each for each in self.nodes.values() if each.set or each.count or each.max_visits is not None]
        return frozenset(each.id for each in found)

    @cached_property
    def read(self) -> frozenset[str]:
        """The variables that nodes read."""
        return frozenset(use.name for node in self.nodes.values() for use in node.uses())

    @cached_property
    def heard(self) -> Mapping[str, Mapping[str, Any]]:
        """`source`, with the words of what Digitree says by itself."""
        asking = {each.id: each for each in self.nodes.values() if isinstance(each, AskLanguageNode)}
        return {**self.source, **{name: {**self.source[name], "text": it.words()} for name, it in asking.items()}}

    @cached_property
    def remembering(self) -> Mapping[str, Mapping[str, str]]:
        """The questions for the language whose answer is kept for the caller's next call: their languages by key."""
        asking = [each for each in self.nodes.values() if isinstance(each, AskLanguageNode) and each.remember]
        return {each.id: each.offered for each in asking}

    @cached_property
    def first(self) -> Mapping[str, Ask | Act[Any]]:
        """What follows when a call comes to each node."""
        nodes = self.nodes.values()
        return {each.id: Ask(each) if isinstance(each, GatherNode) else Act(each) for each in nodes}

    @cached_property
    def passed(self) -> Mapping[str, Ask | Act[Any]]:
        """`first` of the nodes that only count as a step when a call comes to them: most do."""
        return {each: it for each, it in self.first.items() if it.node.is_step and each not in self.noting}

    def to_json(self) -> dict[str, Any]:
        """What `parse_menu` reads; the order of nodes is the author's."""
        document: dict[str, Any] = {"name": self.name}
        if self.explicit_start:
            document["start"] = self.start
        if not self.answer:
            document["answer"] = False
        if self.languages:
            document["languages"] = list(self.languages)
        if self.max_menu_s != USUAL_MENU_S:
            document["max_menu_s"] = self.max_menu_s
        if self.rate is not None:
            document[RATE.name] = self.rate
        if self.record_call:
            document[RECORD_CALL] = True
        if self.hung_up_node is not None:
            document[HUNG_UP] = self.hung_up_node
        if self.words:
            document[WORDS] = dict(self.words)
        document["nodes"] = {node_id: dict(node) for node_id, node in self.source.items()}
        return document


def parse_menu(document: object) -> Menu:
    """The body of `POST /ivr` as a Menu; raises InvalidMenu naming every fault."""
    problems: list[Problem] = []
    if not isinstance(document, dict):
        raise InvalidMenu([Problem("", "not_an_object", "the body must be a JSON object")])
    problems += unknown_fields(document, ("name", "nodes", *OPTIONAL), ())
    name = document.get("name")
    problems += name_problems(name) if "name" in document else [
        Problem("/name", "missing", "a menu needs a name")
    ]
    nodes: dict[str, Node] = {}
    raw_nodes = document.get("nodes")
    if not isinstance(raw_nodes, dict) or not raw_nodes:
        problems.append(Problem("/nodes", "missing", "a menu needs nodes, an object of at least one node"))
        raw_nodes = {}
    if len(raw_nodes) > MAX_NODES:
        problems.append(Problem("/nodes", "too_many_nodes", f"{len(raw_nodes)} nodes; at most {MAX_NODES}"))
        raw_nodes = {}
    for node_id, raw in raw_nodes.items():
        node = parse_node(node_id, raw, problems)
        if node is not None:
            nodes[node_id] = node
    start = document.get("start")
    if start is not None and (not isinstance(start, str) or start not in raw_nodes):
        problems.append(Problem("/start", "start_not_found", "the start must be a node of this menu"))
    answer = document.get("answer")
    if answer is not None and not isinstance(answer, bool):
        problems.append(Problem("/answer", "invalid_answer", "answer is true or false"))
    problems += language_problems(document["languages"]) if "languages" in document else []
    max_menu_s, rate = document.get(MAX_MENU_S.name), document.get(RATE.name)
    for number, value in ((MAX_MENU_S, max_menu_s), (RATE, rate)):
        if value is not None:
            number.read(value, lambda code, text, *at: problems.append(Problem(pointer(*at), code, text)))
    record_call = document.get(RECORD_CALL)
    if record_call is not None and not isinstance(record_call, bool):
        problems.append(Problem(f"/{RECORD_CALL}", "invalid_record_call", f"{RECORD_CALL} is true or false"))
    words = document.get(WORDS)
    problems += word_problems(words) if words is not None else []
    hung_up = document.get(HUNG_UP)
    if hung_up is not None and (not isinstance(hung_up, str) or not NODE_ID.fullmatch(hung_up)):
        text = "the node for callers who have hung up has 1 to 64 letters, digits, underscores or hyphens"
        problems.append(Problem(pointer(HUNG_UP), "invalid_target", text))
    else:
        problems += find_nodes_for_callers(hung_up, nodes)
    problems += find_opt_outs_that_wait(nodes)
    if problems:
        raise InvalidMenu(problems)
    languages = tuple(document.get("languages", ()))
    for asking in [each for each in nodes.values() if isinstance(each, AskLanguageNode)]:
        nodes[asking.id] = asking.in_menu(languages)
    return Menu(
        name=str(name),
        nodes=nodes,
        start=str(start) if start is not None else next(iter(nodes)),
        explicit_start=start is not None,
        languages=languages,
        source=raw_nodes,
        answer=answer is not False,
        max_menu_s=USUAL_MENU_S if max_menu_s is None else max_menu_s,
        hung_up_node=hung_up,
        record_call=record_call is True,
        words=words or {},
        rate=None if rate is None else float(rate),
    )


def merge_patch(document: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The body of `PATCH /ivr/{id}` laid over a stored menu, still to be parsed.

    Nodes are merged by id: one given replaces that node in its place, null removes it, a new one goes to
    the end. `start: null` gives the choice back to the author's order, `answer: null` and `max_menu_s: null` are the
    usual ones, and `languages: null`, `rate: null`, `record_call: null`, `hung_up_node: null`
    and `words: null` remove these.
    """
    merged = {**document, **patch}
    for name in OPTIONAL:
        if merged.get(name, ...) is None:
            del merged[name]
    if "nodes" in patch:
        if not isinstance(patch["nodes"], dict):
            raise InvalidMenu([Problem("/nodes", "not_an_object", "nodes must be an object")])
        nodes = dict(document["nodes"])
        for node_id, node in patch["nodes"].items():
            if node is None:
                nodes.pop(node_id, None)
            else:
                nodes[node_id] = node
        merged["nodes"] = nodes
    return merged


def require_plain_name(menu: Menu, before: object = None) -> None:
    """Raises InvalidMenu for a new name in which nothing is visible, or that turns the text around it."""
    if menu.name != before and not is_plain_name(menu.name):
        text = "a name needs a visible character, and none that changes the direction of the text"
        raise InvalidMenu([Problem("/name", "invalid_name", text)])


def patched(
    document: Mapping[str, Any], patch: Mapping[str, Any], *, live: bool
) -> tuple[dict[str, Any], list[Problem]]:
    """`merge_patch`, with warnings of what a patch hardly means: a node is removed that is not there, or the first
    one is, so that calls begin at the next by its place. Raises InvalidMenu for that when the menu is live."""
    merged = merge_patch(document, patch)
    there = document["nodes"]
    removed = [node_id for node_id, node in patch.get("nodes", {}).items() if node is None]
    warnings = [
        Problem(pointer("nodes", node_id), "node_not_there", f"there was no node {node_id} to remove")
        for node_id in removed
        if node_id not in there
    ]
    first = next(iter(there))
    if first in removed and merged["nodes"] and "start" not in document and "start" not in patch:
        at = pointer("nodes", first)
        if live:
            text = f"calls begin at {first}; to remove it, name another node as start in the same request"
            raise InvalidMenu([Problem(at, "start_removed", text)])
        text = f"calls began at {first}, which is gone; now they begin at {next(iter(merged['nodes']))}"
        warnings.append(Problem(at, "start_removed", text))
    return merged, warnings


def language_problems(languages: object) -> list[Problem]:
    """What is wrong with a menu's languages, if anything."""
    if not isinstance(languages, list) or len(languages) > MAX_LANGUAGES:
        text = f"languages is a list of at most {MAX_LANGUAGES} languages, the one of most callers first"
        return [Problem("/languages", "invalid_languages", text)]
    problems = []
    for at, language in enumerate(languages):
        if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
            problems.append(Problem(pointer("languages", str(at)), "invalid_language", LANGUAGE_RULE))
        elif language in languages[:at]:
            text = f"{language} is there twice"
            problems.append(Problem(pointer("languages", str(at)), "doubled_language", text))
    return problems


def name_problems(name: object) -> list[Problem]:
    """What is wrong with a menu's name, if anything."""
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or _CONTROL.search(name):
        text = f"a name is 1 to {MAX_NAME} printable characters"
        return [Problem("/name", "invalid_name", text)]
    return []
