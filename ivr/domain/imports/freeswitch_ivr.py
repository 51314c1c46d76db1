"""FreeSWITCH's and FusionPBX's menus, `ivr.conf.xml`, as one menu: a question for each of theirs.

The fields are those of mod_dptools' `ivr` application
(https://developer.signalwire.com/freeswitch/FreeSWITCH-Explained/Modules/mod_dptools_1970333/, read 2026-11).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from ivr.domain.imports.building import MenuBuilder, plain_name
from ivr.domain.imports.digit_patterns import entries_in
from ivr.domain.imports.phone_targets import full_number, sip_address
from ivr.domain.imports.report import Fate, Imported, NotReadable

SOURCE = "freeswitch_ivr"
_TOP, _BACK = "menu-top", "menu-back"
_SAY = re.compile(r"say:(.*)", re.DOTALL)
_BRIDGE = re.compile(r"sofia/(?:gateway/)?[^/]+/([^@,|]+)(@[^,|]+)?", re.ASCII)
_MOST_ATTEMPTS = 10
# What these do is nothing that callers hear.
_QUIET = frozenset({"set", "unset", "export", "log", "sleep", "answer", "bind_digit_action", "limit"})
# What the digits of a pattern were, as whoever dials an extension keys them.
_DIALLED = "$1"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


def reads(root: Element) -> bool:
    """Whether this XML has menus of FreeSWITCH."""
    return next(_menus(root), None) is not None


def read(root: Element, name: str) -> Imported:
    """The menu of these. Raises NotReadable."""
    return _Reader(root).read(name)


def _menus(root: Element) -> Iterator[Element]:
    found = [root] if root.tag == "menu" else root.iter("menu")
    yield from (each for each in found if each.get("name"))


class _Reader:
    def __init__(self, root: Element) -> None:
        self.menus = {str(each.get("name")): each for each in _menus(root)}
        if not self.menus:
            raise NotReadable("there is no <menu name=...> in this file")
        self.builder = MenuBuilder(SOURCE)
        self.described = Counter(each.get("description", "").strip() for each in self.menus.values())
        self.parents: dict[str, str] = {}
        for name, menu in self.menus.items():
            for entry in menu.iter("entry"):
                below = entry.get("param", "")
                if entry.get("action") == "menu-sub" and below in self.menus:
                    self.parents.setdefault(below, name)

    def read(self, name: str) -> Imported:
        tops = [each for each in self.menus if each not in self.parents]
        top = tops[0] if tops else next(iter(self.menus))
        for each in self.menus:
            self._node(each)
        for menu_name, menu in self.menus.items():
            self._read_menu(menu_name, menu, top)
        for other in tops[1:]:
            why = f"nothing in this file leads to it from {self._title(top)}: bring it in by itself"
            self.builder.tell(self._title(other), "menu", Fate.NOT_CARRIED, why=why)
        return self.builder.finish(name or self._title(top), self._node(top))

    def _title(self, name: str) -> str:
        """What people call a menu: FusionPBX names it by an id, and says its name beside it."""
        menu = self.menus[name]
        title = menu.get("description", "").strip() if _UUID.fullmatch(name) else ""
        return title if title and self.described[title] == 1 else name

    def _node(self, name: str) -> str:
        return self.builder.name_node(self._title(name))

    def _read_menu(self, name: str, menu: Element, top: str) -> None:
        node = self._node(name)
        notes: list[str] = []
        question: dict[str, Any] = self._prompt("", menu.get("greet-long"), menu, notes)
        question |= self._prompt("again_", menu.get("greet-short"), menu, notes)
        question |= self._prompt("no_match_", menu.get("invalid-sound"), menu, notes)
        question["gather"] = self._entries(name, menu, top)
        end = self._end(name, menu, notes)
        question |= {
            "timeout_s": min(max(_seconds(menu.get("timeout"), 10), 1), 60),
            "max_attempts": {
                "no_input": _attempts(menu.get("max-timeouts")),
                "no_match": _attempts(menu.get("max-failures")),
            },
            "no_input_node": end,
            "no_match_node": end,
        }
        if any(len(each) > 1 and each not in ("*", "#") for each in question["gather"]):
            question["between_s"] = min(max(_seconds(menu.get("inter-digit-timeout"), 2), 1), 20)
        if menu.get("confirm-macro") or menu.get("confirm-key"):
            notes.append("a key is not confirmed by another one here")
        if not question["gather"]:
            question = {each: question[each] for each in ("text", "audio") if each in question} | {"next": end}
        self.builder.put(node, question)
        self.builder.tell(self._title(name), "menu", Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))

    def _entries(self, name: str, menu: Element, top: str) -> dict[str, str]:
        groups: defaultdict[str, list[Element]] = defaultdict(list)
        for entry in menu.iter("entry"):
            groups[entry.get("digits", "")].append(entry)
        gather: dict[str, str] = {}
        for digits, entries in groups.items():
            keys = [] if any(_DIALLED in each.get("param", "") for each in entries) else entries_in(digits)
            if keys:
                target = self._chain(name, digits, entries, top)
                for key in keys:
                    gather.setdefault(key, target)
                continue
            for entry in entries:
                why = f"{digits or 'nothing'} cannot be keyed here"
                if _DIALLED in entry.get("param", ""):
                    why = "extensions cannot be dialled directly: name them as entries of the question"
                part, kind = f"{self._title(name)}, {digits or 'no digits'}", f"entry {entry.get('action', '')}"
                self.builder.tell(part, kind, Fate.NOT_CARRIED, why=why)
        return gather

    def _chain(self, name: str, digits: str, entries: list[Element], top: str) -> str:
        """The node of what runs when these digits are keyed: all entries that have them, one after the other."""
        following: str | None = None
        for at, entry in reversed(list(enumerate(entries, 1))):
            part = f"{self._title(name)}, {digits}" + (f" {at}" if len(entries) > 1 else "")
            action, param = entry.get("action", ""), entry.get("param", "")
            app, _, data = param.partition(" ")
            notes: list[str] = []
            if action == "menu-exec-app" and app in _QUIET:
                following = following or self._node(name)
                notes.append(f"what {app} does stays behind")
            elif action == "menu-exec-app" and app == "playback" and following is not None:
                node = self.builder.name_node(part)
                self.builder.put(node, {**self._sound("", data, notes), "barge_in": False, "next": following})
                following = node
            else:
                following, notes = self._target(part, name, action, param, top)
            fate = Fate.CHANGED if notes else Fate.CARRIED
            self.builder.tell(part, f"entry {action}", fate, following, "; ".join(notes))
        return following or self._node(name)

    def _target(self, part: str, menu: str, action: str, param: str, top: str) -> tuple[str, list[str]]:
        own = self._node(menu)
        match action:
            case "menu-sub" if param in self.menus:
                return self._node(param), []
            case "menu-sub":
                return self.builder.end(), [f"there is no menu {param} in this file, so the call ends there"]
            case "menu-top":
                return self._node(top), []
            case "menu-back":
                return self._node(self.parents.get(menu, menu)), []
            case "menu-exit":
                return self.builder.end(), []
            case "menu-play-sound":
                node, notes = self.builder.name_node(part), list[str]()
                self.builder.put(node, {**self._sound("", param, notes), "next": own})
                return node, notes
            case "menu-exec-app":
                return self._run(part, *param.partition(" ")[::2])
        return own, [f"{action or 'no action'} is not known, so the menu is heard again"]

    def _run(self, part: str, app: str, data: str) -> tuple[str, list[str]]:
        node, notes = self.builder.name_node(part), list[str]()
        if app[:1].isdigit():
            app, data = "transfer", f"{app} {data}"
        if app == "hangup":
            return self.builder.end(), notes
        if app in ("playback", "speak"):
            self.builder.put(node, {"action": "hangup", **self._sound("", data, notes)})
        elif app == "voicemail":
            mailbox = plain_name(data.split()[-1]) if data else "main"
            kept = {"action": "record", "save": "message", "mailbox": mailbox, "next": self.builder.end()}
            self.builder.put(node, kept)
            notes.append(f"the greeting of mailbox {mailbox} stays behind: give the node a text")
        elif app == "bridge" and (to := _bridged(data)):
            self.builder.put(node, {"action": "transfer", "to": to})
        else:
            number = full_number(data.split()[0]) if app == "transfer" and data else None
            if number and len(data.split()[0]) >= 10:
                self.builder.put(node, {"action": "transfer", "to": number})
                return node, notes
            agent = plain_name(data.split()[0] if data else app) or "agent"
            self.builder.put(node, {"action": "transfer", "agent": agent})
            notes.append(f"{app} {data} leads into a dialplan that is not here: make an agent {agent}".strip())
        return node, notes

    def _end(self, name: str, menu: Element, notes: list[str]) -> str:
        title = self._title(name)
        run = menu.get("exec-on-max-failures") or menu.get("exec-on-max-timeouts") or ""
        if app := menu.get("ivr_menu_exit_app"):
            run = f"{app} {menu.get('ivr_menu_exit_data', '')}"
        if run:
            node, more = self._run(f"{title}, no answer", *run.partition(" ")[::2])
            notes += more
            return node
        sound = menu.get("exit-sound")
        if not sound:
            return self.builder.end()
        node = self.builder.name_node(f"{title}, goodbye")
        self.builder.put(node, {"action": "hangup", **self._sound("", sound, notes)})
        return node

    def _prompt(self, prefix: str, sound: str | None, menu: Element, notes: list[str]) -> dict[str, Any]:
        return self._sound(prefix, sound, notes) if sound else {}

    def _sound(self, prefix: str, sound: str, notes: list[str]) -> dict[str, Any]:
        if said := _SAY.fullmatch(sound):
            return {f"{prefix}text": said[1].strip()} if said[1].strip() else {}
        if sound.startswith("phrase:"):
            phrase = sound.removeprefix("phrase:")
            notes.append(f"the phrase {phrase} is not in this file: write its words, or upload it")
            return {f"{prefix}audio": self.builder.sound(phrase.replace(":", "_") + ".wav")}
        if sound.startswith(("silence_stream://", "tone_stream://")):
            notes.append(f"{sound.partition(':')[0]} is no prompt here")
            return {}
        return {f"{prefix}audio": self.builder.sound(sound)}


def _seconds(milliseconds: str | None, otherwise: float) -> float:
    try:
        return int(milliseconds or "") / 1000
    except ValueError:
        return otherwise


def _attempts(text: str | None) -> int:
    number = int(text) if text and text.isascii() and text.isdigit() else 3
    return min(max(number, 1), _MOST_ATTEMPTS)


def _bridged(data: str) -> str | None:
    found = _BRIDGE.search(data)
    if found is None:
        return None
    if found[2] and not found[2].startswith("@$"):
        return sip_address(f"sip:{found[1]}{found[2]}")
    return full_number(found[1])
