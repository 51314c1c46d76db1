"""A menu under construction: names that fit here, nodes in their order, and the report beside them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ivr.domain.imports.report import Fate, Imported, Line, NotReadable, WantedService, WantedSound
from ivr.domain.menu.document import MAX_NODES

_MAX_NAME = 64
_MAX_VARIABLE = 32
_MAX_TEXT = 1000
_MAX_VALUE = 200
_END = "end_of_call"
_MOST_PARTS = 5000


class MenuBuilder:
    """Nodes are named once by `name_node`, filled by `put`, and told of by `tell`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.nodes: dict[str, dict[str, Any]] = {}
        self.lines: list[Line] = []
        self._names: dict[str, str] = {}
        self._free_names, self._free_stems = FreeNames(), FreeNames()
        # By what it is in the source.
        self._sounds: dict[str, str] = {}
        self._services: dict[tuple[str, str], WantedService] = {}

    def name_node(self, part: str) -> str:
        """The name here of a part of the source: the same one each time, and another one for each part."""
        if part not in self._names:
            self._names[part] = self._free_names.take(plain_name(part) or "node")
            _refuse_more(len(self._names))
        return self._names[part]

    def put(self, name: str, node: dict[str, Any]) -> None:
        """Set a node; its texts are printable, and cut into pieces that may stand here."""
        plain = {each: _plain(each, value) for each, value in node.items()}
        left = {each: value for each, value in plain.items() if value or not _is_text(each)}
        self.nodes[name] = _with_bounded_text(left)

    def tell(self, part: str, kind: str, fate: Fate = Fate.CARRIED, node: str | None = None, why: str = "") -> None:
        """Add a line to the report."""
        self.lines.append(Line(part, kind, fate, node, why))

    def end(self) -> str:
        """The node at which a call ends without a word."""
        self.nodes.setdefault(_END, {"action": "hangup"})
        return _END

    def sound(self, source: str) -> str:
        """The audio name here of a recording there."""
        if source not in self._sounds:
            path = PurePosixPath(unquote(urlsplit(source).path))
            stem = plain_name(path.stem if path.suffix else path.name) or "sound"
            self._sounds[source] = self._free_stems.take(stem[:56]) + ".wav"
            _refuse_more(len(self._sounds))
        return self._sounds[source]

    def service(self, part: str, url: str, method: str = "POST") -> str:
        """The name of the service at this address."""
        if (url, method) not in self._services:
            name = free_name(plain_name(part) or "service", {each.name for each in self._services.values()})
            self._services[url, method] = WantedService(name, url, method)
        return self._services[url, method].name

    def finish(self, name: str, start: str | None) -> Imported:
        """The menu and its report. What nothing leads to is left out; a way that leads nowhere ends the call."""
        first = start if start in self.nodes else self.end()
        found = reached(self.nodes, first)
        left_out = self.nodes.keys() - found
        order = (first, *(each for each in self.nodes if each != _END), _END)
        nodes = {each: self.nodes[each] for each in order if each in found}
        menu = {"name": printable(name)[:200] or "Imported menu", "nodes": nodes}
        played = set(_audio_names(nodes.values()))
        asked = {node.get("service") for node in nodes.values()}
        return Imported(
            self.source,
            menu,
            tuple(_left_out(line) if line.node in left_out else line for line in self.lines),
            tuple(WantedSound(audio, source) for source, audio in self._sounds.items() if audio in played),
            tuple(each for each in self._services.values() if each.name in asked),
        )


def _left_out(line: Line) -> Line:
    return replace(line, node=None, why=line.why or "nothing leads to it here, so it has no node")


def plain_name(text: str) -> str:
    """The name of a node or a service that this text may become, perhaps empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_")[:_MAX_NAME]


def free_name(wanted: str, taken: Container[str]) -> str:
    """This name, or the first with a number behind it that is not taken."""
    return _free_from(wanted, taken, 2)[0]


class FreeNames:
    """Names that are given once each, many of them for the same wish."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """This name, or the first with a number behind it that is free."""
        name, self._next[wanted] = _free_from(wanted, self._taken, self._next.get(wanted, 2))
        self._taken.add(name)
        return name


def _free_from(wanted: str, taken: Container[str], number: int) -> tuple[str, int]:
    name = wanted
    while name in taken:
        name = f"{wanted[: _MAX_NAME - 4]}_{number}"
        number += 1
    return name, number


def _refuse_more(parts: int) -> None:
    if parts > _MOST_PARTS:
        raise NotReadable(
            f"this has more than {_MOST_PARTS:,} parts, and a menu has {MAX_NODES} nodes at most: divide it"
        )


def variable_name(text: str) -> str:
    """The name of a variable that this text may become: `firstName` -> `first_name`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    plain = re.sub(r"[^a-z0-9_]+", "_", parted.lower()).strip("_") or "value"
    return (plain if plain[0].isalpha() else f"v_{plain}")[:_MAX_VARIABLE]


def printable(text: str) -> str:
    """The text in one line, without characters that cannot be printed."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _plain(name: str, value: Any) -> Any:
    """The value of a field, without what cannot be printed where it has texts."""
    if _is_text(name):
        return printable(value) if isinstance(value, str) else [said for each in value if (said := printable(each))]
    if name in ("set", "send") and isinstance(value, dict):
        return {each: _bounded_value(text) if isinstance(text, str) else text for each, text in value.items()}
    return value


def _is_text(name: str) -> bool:
    return name == "text" or name.endswith("_text")


def _bounded_value(text: str) -> str:
    """The value of a variable: no longer than one may be, and without half of a variable at its end."""
    cut = printable(text)[:_MAX_VALUE]
    return cut[: cut.rfind("{")] if cut.count("{") > cut.count("}") else cut


def _with_bounded_text(node: dict[str, Any]) -> dict[str, Any]:
    text = node.get("text")
    if not isinstance(text, str) or len(text) <= _MAX_TEXT:
        return node
    pieces: list[str] = []
    rest = text
    while len(rest) > _MAX_TEXT and len(pieces) < 15:
        cut = max(rest.rfind(". ", 0, _MAX_TEXT) + 1, rest.rfind(" ", 0, _MAX_TEXT), 1)
        pieces.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return {**node, "text": [*pieces, rest[:_MAX_TEXT]]}


def _targets(node: Mapping[str, Any]) -> Iterable[str]:
    for name, value in node.items():
        if name in ("gather", "case", "wait_keys") or (name == "on_agent_hangup" and isinstance(value, dict)):
            yield from value.values()
        elif name in ("next", "default", "on_agent_hangup") or name.endswith("_node"):
            yield value


def reached(nodes: Mapping[str, Mapping[str, Any]], start: str) -> set[str]:
    """The nodes to which a call may come from this one, itself among them."""
    found, waiting = {start}, [start]
    while waiting:
        for target in _targets(nodes[waiting.pop()]):
            if target in nodes and target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _audio_names(nodes: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for node in nodes:
        for name, value in node.items():
            if name.endswith("audio"):
                yield from [value] if isinstance(value, str) else value
