"""FreePBX' menus, the JSON of its module Ivr in a backup of version 15 and later (`modulejson/Ivr.json`), as a menu.

Its destinations are texts such as `ivr-2,s,1` or `ext-queues,500,1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ivr.domain.imports.building import MenuBuilder
from ivr.domain.imports.digit_patterns import entries_in
from ivr.domain.imports.report import Fate, Imported, NotReadable

SOURCE = "freepbx"
_IVR = re.compile(r"ivr-(\d+),", re.ASCII)
_MAILBOX = re.compile(r"ext-local,vm[a-z]?(\d+),", re.ASCII)
_EXTENSION = re.compile(r"(?:ext-local|from-did-direct|ext-findmefollow|app-direct),(\d+),", re.ASCII)
_GROUP = re.compile(r"(?:ext-group|ext-queues),(\d+),", re.ASCII)
_HANGUP = re.compile(r"app-blackhole,", re.ASCII)
_DEFAULTS = ("", "default", "0", "none")


def reads(document: object) -> bool:
    """Whether this JSON is that of the module Ivr."""
    return bool(_parts(document))


def read(document: object, name: str) -> Imported:
    """The menu of these. Raises NotReadable."""
    found = _parts(document)
    if found is None:
        raise NotReadable("there are no ivrs and entries in this file")
    return _Reader(*found).read(name)


def _parts(document: object) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]] | None:
    if isinstance(document, list):
        return next((found for each in document if (found := _parts(each))), None)
    if not isinstance(document, dict):
        return None
    if "configs" in document:
        return _parts(document["configs"])
    ivrs, entries = document.get("ivrs"), document.get("entries")
    listed: list[Mapping[str, Any]] = [each for each in _values(ivrs) if isinstance(each, dict) and "id" in each]
    return (listed, list(_entries(entries))) if listed else None


def _values(raw: object) -> list[Any]:
    return list(raw.values()) if isinstance(raw, dict) else raw if isinstance(raw, list) else []


def _entries(raw: object) -> Iterator[Mapping[str, Any]]:
    for each in _values(raw):
        if isinstance(each, dict) and "selection" in each:
            yield each
        else:
            yield from _entries(each)


class _Reader:
    def __init__(self, ivrs: list[Mapping[str, Any]], entries: list[Mapping[str, Any]]) -> None:
        self.ivrs = {str(each["id"]): each for each in ivrs}
        self.entries = entries
        self.builder = MenuBuilder(SOURCE)

    def read(self, name: str) -> Imported:
        below = {found[1] for each in self.entries if (found := _IVR.match(str(each.get("dest") or "")))}
        tops = [each for each in self.ivrs if each not in below] or list(self.ivrs)
        for key, ivr in self.ivrs.items():
            self._read_ivr(key, ivr)
        for other in tops[1:]:
            why = f"nothing leads to it from {self._title(tops[0])}: bring it in by itself"
            self.builder.tell(self._title(other), "ivr", Fate.NOT_CARRIED, why=why)
        return self.builder.finish(name or self._title(tops[0]), self._node(tops[0]))

    def _title(self, key: str) -> str:
        ivr = self.ivrs[key]
        return str(ivr.get("name") or ivr.get("description") or f"ivr {key}")

    def _node(self, key: str) -> str:
        return self.builder.name_node(self._title(key))

    def _read_ivr(self, key: str, ivr: Mapping[str, Any]) -> None:
        node, title = self._node(key), self._title(key)
        notes: list[str] = []
        question: dict[str, Any] = self._sound("", ivr.get("announcement"), notes)
        question |= self._sound("no_input_", ivr.get("timeout_retry_recording"), notes)
        question |= self._sound("no_match_", ivr.get("invalid_retry_recording"), notes)
        gather: dict[str, str] = {}
        timeout = invalid = None
        for entry in self.entries:
            if str(entry.get("ivr_id")) != key:
                continue
            selection, dest = str(entry.get("selection")), str(entry.get("dest") or "")
            part = f"{title}, {selection}"
            target, more = self._target(part, dest)
            fate = Fate.CHANGED if more else Fate.CARRIED
            if selection in ("t", "i"):
                timeout, invalid = (target, invalid) if selection == "t" else (timeout, target)
            elif keys := entries_in(selection):
                gather |= dict.fromkeys(keys, target)
            else:
                fate, more = Fate.NOT_CARRIED, [f"{selection} cannot be keyed here"]
            self.builder.tell(part, "entry", fate, target, "; ".join(more))
        silent = timeout or self._destination(f"{title}, no input", ivr.get("timeout_destination"), notes)
        wrong = invalid or self._destination(f"{title}, invalid", ivr.get("invalid_destination"), notes)
        if str(ivr.get("directdial") or "") not in ("", "Disabled", "0", "CHECKED", "false"):
            notes.append("extensions cannot be dialled directly: name them as entries of the question")
        question |= {
            "gather": gather,
            "timeout_s": min(max(_whole(ivr.get("timeout_time"), 10), 1), 60),
            "max_attempts": {
                "no_input": min(_whole(ivr.get("timeout_loops"), 3) + 1, 10),
                "no_match": min(_whole(ivr.get("invalid_loops"), 3) + 1, 10),
            },
            "no_input_node": silent,
            "no_match_node": wrong,
        }
        if not gather:
            question = {**({"audio": question["audio"]} if "audio" in question else {}), "next": silent}
        self.builder.put(node, question)
        self.builder.tell(title, "ivr", Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))

    def _destination(self, part: str, dest: object, notes: list[str]) -> str:
        text = str(dest or "")
        if not text:
            return self.builder.end()
        target, more = self._target(part, text)
        notes += more
        return target

    def _target(self, part: str, dest: str) -> tuple[str, list[str]]:
        if (found := _IVR.match(dest)) and found[1] in self.ivrs:
            return self._node(found[1]), []
        if _HANGUP.match(dest):
            return self.builder.end(), []
        node = self.builder.name_node(part)
        if found := _MAILBOX.match(dest):
            kept = {"action": "record", "save": "message", "mailbox": found[1], "next": self.builder.end()}
            self.builder.put(node, kept)
            return node, [f"the greeting of mailbox {found[1]} stays behind: give the node a text"]
        if found := _GROUP.match(dest):
            group = f"group_{found[1]}"
            self.builder.put(node, {"action": "transfer", "people": group, "ring": "all"})
            return node, [f"whoever is in {dest.partition(',')[0]} {found[1]} is to be one of the people of {group}"]
        found = _EXTENSION.match(dest)
        agent = f"extension_{found[1]}" if found else "agent"
        self.builder.put(node, {"action": "transfer", "agent": agent})
        what = f"extension {found[1]}" if found else dest or "nothing"
        return node, [f"{what} is not here: make an agent {agent}"]

    def _sound(self, prefix: str, recording: object, notes: list[str]) -> dict[str, Any]:
        text = str(recording or "")
        if text in _DEFAULTS:
            return {}
        notes.append(f"recording {text} is to be uploaded")
        return {f"{prefix}audio": self.builder.sound(f"recording_{text}.wav" if text.isdigit() else text)}


def _whole(value: object, otherwise: int) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else otherwise
