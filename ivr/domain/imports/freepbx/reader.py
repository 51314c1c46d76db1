"""A node for each menu of FreePBX, and the call's way to the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivr.domain.imports.building import MenuBuilder, reached
from ivr.domain.imports.digit_patterns import entries_in
from ivr.domain.imports.freepbx.archive import open_backup
from ivr.domain.imports.freepbx.destinations import IVR, Destinations
from ivr.domain.imports.freepbx.settings import Row, Settings, holds, settings_of, text, whole
from ivr.domain.imports.freepbx.sounds import PROBLEM_WORDS, RETRY_WORDS, TRANSFER_WORDS, Sounds
from ivr.domain.imports.report import Fate, Imported, NotReadable

SOURCE = "freepbx"
_MOST_EXTENSIONS = 100
_OFF = "disabled"


def reads(document: object) -> bool:
    """Whether this JSON is that of the module Ivr."""
    return settings_of({"Ivr": document}) is not None


def read(document: object, name: str) -> Imported:
    """The menu of the module Ivr alone. Raises NotReadable."""
    return read_settings(settings_of({"Ivr": document}), name)


def read_backup(content: bytes, name: str) -> Imported:
    """The menu of a backup. Raises NotReadable."""
    backup = open_backup(content)
    return read_settings(settings_of(backup.modules, backup.sounds), name)


def read_settings(settings: Settings | None, name: str) -> Imported:
    """The menu of these settings. Raises NotReadable."""
    if settings is None:
        raise NotReadable("there is no IVR in this: no menu was made on that FreePBX, or the backup left it out")
    return _Reader(settings).read(name)


class _Reader:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.ivrs = settings.ivrs
        self.builder = MenuBuilder(SOURCE)
        self.sounds = Sounds(settings, self.builder)
        self.destinations = Destinations(settings, self.builder, self.sounds, self._node)
        self.above: dict[str, list[str]] = {each: [] for each in self.ivrs}
        for ivr in self.ivrs:
            for entry in settings.entries.get(ivr, []):
                found = IVR.match(text(entry, "dest"))
                if found and found[1] in self.ivrs and found[1] != ivr and ivr not in self.above[found[1]]:
                    self.above[found[1]].append(ivr)

    def read(self, name: str) -> Imported:
        for key in self.ivrs:
            self._node(key)
        for key, ivr in self.ivrs.items():
            self._read_ivr(key, ivr)
        start, first = self._start()
        imported = self.builder.finish(name or self._title(first), start)
        played = {each.audio for each in imported.sounds}
        contents = {audio: content for audio, content in self.sounds.contents.items() if audio in played}
        return replace(imported, contents=contents)

    def _start(self) -> tuple[str, str]:
        """The node at which calls begin, and the menu that gives it its name: where the incoming calls go that meet
        most menus, or the first menu to which no other leads."""
        nodes = {self._node(each): each for each in self.ivrs}
        best: tuple[str, list[str]] | None = None
        told = []
        for route in self.settings.routes:
            node = self.destinations.node(text(route, "destination"))
            met = [nodes[each] for each in reached(self.builder.nodes, node) if each in nodes]
            told.append((route, node))
            if met and (best is None or len(met) > len(best[1])):
                best = node, met
        tops = [each for each in self.ivrs if not self.above[each]] or list(self.ivrs)
        start = best[0] if best else self._node(tops[0])
        there = reached(self.builder.nodes, start)
        first = next(each for each in (*tops, *self.ivrs) if self._node(each) in there)
        for route, node in told:
            number = " ".join(each for each in (text(route, "extension"), text(route, "description")) if each)
            part = f"incoming route {number or 'of any number'}"
            if node == start:
                self.builder.tell(part, "incoming route", node=start)
            else:
                why = "its calls begin elsewhere: bring their menu in by itself"
                self.builder.tell(part, "incoming route", Fate.NOT_CARRIED, why=why)
        for other in tops:
            if self._node(other) not in there:
                why = f"nothing leads to it from {self._title(first)}: bring it in by itself"
                self.builder.tell(self._title(other), "ivr", Fate.NOT_CARRIED, why=why)
        return start, first

    def _title(self, key: str) -> str:
        title = self._plain_title(key)
        same = [each for each in self.ivrs if self._plain_title(each) == title]
        return title if same[0] == key else f"{title} {key}"

    def _plain_title(self, key: str) -> str:
        ivr = self.ivrs[key]
        return text(ivr, "name") or text(ivr, "description") or f"ivr {key}"

    def _node(self, key: str) -> str:
        return self.builder.name_node(self._title(key))

    def _read_ivr(self, key: str, ivr: Row) -> None:
        node, title = self._node(key), self._title(key)
        notes: list[str] = []
        question: dict[str, Any] = self.sounds.of("", text(ivr, "announcement"), "", notes)
        question |= self._again("no_input_", "timeout", ivr, notes) | self._again("no_match_", "invalid", ivr, notes)
        gather, own = self._entries(key, title)
        gather |= self._direct(ivr, gather, notes)
        question |= {
            "gather": gather,
            "timeout_s": min(max(whole(ivr, "timeout_time", 10), 1), 60),
            "max_attempts": {"no_input": _attempts(ivr, "timeout"), "no_match": _attempts(ivr, "invalid")},
            "no_input_node": self._last(key, "timeout", own.get("t"), notes),
            "no_match_node": self._last(key, "invalid", own.get("i"), notes),
        }
        if any(len(each) > 1 for each in gather):
            question["between_s"] = min(max(whole(ivr, "timeout_time", 3), 1), 20) if _is_strict(ivr) else 3
        if not gather:
            said: dict[str, Any] = {each: question[each] for each in ("audio", "text") if each in question}
            question = {**said, "next": question["no_input_node"]}
        self.builder.put(node, question)
        self.builder.tell(title, "ivr", Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))

    def _again(self, prefix: str, how: str, ivr: Row, notes: list[str]) -> dict[str, Any]:
        """What is said before the menu is heard again."""
        if _attempts(ivr, how) == 1:
            return {}
        said = self.sounds.of(prefix, text(ivr, f"{how}_retry_recording"), RETRY_WORDS, notes)
        if said and text(ivr, f"{how}_append_announce") == "0":
            notes.append("the menu is heard again behind the words for another attempt")
        return said

    def _entries(self, key: str, title: str) -> tuple[dict[str, str], dict[str, str]]:
        """Nodes by entries, and those of t and i."""
        gather: dict[str, str] = {}
        own: dict[str, str] = {}
        for entry in self.settings.entries.get(key, []):
            selection, dest = text(entry, "selection"), text(entry, "dest")
            part = f"{title}, {selection}"
            keys = entries_in(selection)
            if selection not in ("t", "i") and not keys:
                why = f"{selection or 'nothing'} cannot be keyed here"
                self.builder.tell(part, "entry", Fate.NOT_CARRIED, why=why)
                continue
            target = self._entry_target(key, entry, dest)
            if selection in ("t", "i"):
                own[selection] = target
            for each in keys:
                gather.setdefault(each, target)
            self.builder.tell(part, "entry", node=target)
        return gather, own

    def _entry_target(self, key: str, entry: Row, dest: str) -> str:
        if holds(entry, "ivr_ret") and dest.startswith("from-did-direct,") and self.above[key]:
            return self._node(self.above[key][0])
        return self.destinations.node(dest, key)

    def _direct(self, ivr: Row, gather: Mapping[str, str], notes: list[str]) -> dict[str, str]:
        """Extensions that callers may dial."""
        how = text(ivr, "directdial")
        if how in ("", "Disabled", "0", "CHECKED", "false"):
            return {}
        users = [each for each in self.settings.users if entries_in(each) == [each] and each not in gather]
        if how != "ext-local" or not users:
            notes.append("extensions cannot be dialled directly: name them as entries of the question")
            return {}
        if len(users) > _MOST_EXTENSIONS:
            notes.append(f"the first {_MOST_EXTENSIONS} extensions can be dialled directly")
        return {each: self.destinations.node(f"from-did-direct,{each},1") for each in users[:_MOST_EXTENSIONS]}

    def _last(self, key: str, how: str, own: str | None, notes: list[str]) -> str:
        """The node behind the last attempt."""
        ivr, title = self.ivrs[key], self._title(key)
        if text(ivr, f"{how}_loops") == _OFF:
            if own is not None:
                return own
            node = self.builder.name_node(f"{title}, {how}")
            self.builder.put(node, {"action": "hangup", "text": PROBLEM_WORDS})
            return node
        if holds(ivr, f"{how}_ivr_ret") and self.above[key]:
            target = self._node(self.above[key][0])
        else:
            dest = text(ivr, f"{how}_destination")
            target = self.destinations.node(dest, key) if dest else own or self.builder.end()
        said = self.sounds.of("", text(ivr, f"{how}_recording"), TRANSFER_WORDS, notes)
        if not said:
            return target
        node = self.builder.name_node(f"{title}, {how}")
        self.builder.put(node, {**said, "barge_in": False, "next": target})
        return node


def _attempts(ivr: Row, how: str) -> int:
    if text(ivr, f"{how}_loops") == _OFF:
        return 1
    return min(whole(ivr, f"{how}_loops", 3) + 1, 10)


def _is_strict(ivr: Row) -> bool:
    return text(ivr, "strict_dial_timeout") in ("0", "1")
