"""Where keys and calls lead in FreePBX: a node for each destination, put once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ivr.domain.imports.building import MenuBuilder
from ivr.domain.imports.freepbx.settings import Settings, holds, text, whole
from ivr.domain.imports.freepbx.sounds import Sounds
from ivr.domain.imports.phone_targets import full_number
from ivr.domain.imports.report import Fate

IVR = re.compile(r"ivr-(\d+),", re.ASCII)
_EXTENSION = re.compile(
    r"(?:ext-local|from-did-direct|ext-findmefollow|app-direct|from-internal),(?:FM)?(\d+),", re.ASCII
)
_MAILBOX = re.compile(r"ext-local,vm[a-z]?(\d+),", re.ASCII)
_ANNOUNCEMENT = re.compile(r"app-announcement-(\d+),", re.ASCII)
_GROUP = re.compile(r"ext-group,(\d+),", re.ASCII)
_QUEUE = re.compile(r"ext-queues,(\d+),", re.ASCII)
_CONDITION = re.compile(r"timeconditions,(\d+),", re.ASCII)
_TOGGLE = re.compile(r"app-daynight,(\d+),", re.ASCII)
_NUMBER = re.compile(r"ext-miscdests,(\d+),", re.ASCII)
_END = re.compile(r"app-blackhole,([a-z-]*)", re.ASCII)
_LINE_S = 3600
_MOST_IN_A_ROW = 20
_RINGS = {"ringall": "all", "leastrecent": "longest_idle", "fewestcalls": "longest_idle", "random": "longest_idle"}
_MEMBER = re.compile(r"(?:Local/|PJSIP/|SIP/)?(\d+)[@/,]?", re.ASCII)


class Destinations:
    """`ivr_node`: the node of a menu by its id."""

    def __init__(
        self, settings: Settings, builder: MenuBuilder, sounds: Sounds, ivr_node: Callable[[str], str]
    ) -> None:
        self.settings = settings
        self.builder = builder
        self.sounds = sounds
        self.ivr_node = ivr_node
        self._known: dict[tuple[str, str], str] = {}

    def node(self, dest: str, ivr: str = "") -> str:
        """The node of a destination that this menu leads to; a call may come back from it to the menu."""
        if not dest:
            return self.builder.end()
        if (found := IVR.match(dest)) and found[1] in self.settings.ivrs:
            return self.ivr_node(found[1])
        key = dest, ivr if self._depends(dest, ivr) else ""
        if key not in self._known:
            for pattern, put in _KINDS:
                if (found := pattern.match(dest)) and (known := put(self, found[1], *key)):
                    return known
            return self._unknown(*key)
        return self._known[key]

    def _begin(self, title: str, dest: str, ivr: str) -> str:
        back = f", back to {self.ivr_node(ivr)}" if ivr else ""
        self._known[dest, ivr] = node = self.builder.name_node(f"{title}{back}")
        return node

    def _depends(self, dest: str, ivr: str, above: tuple[str, ...] = ()) -> bool:
        """Whether a call may come back from this destination to the menu that led to it."""
        if not ivr or dest in above or len(above) > _MOST_IN_A_ROW:
            return False
        if _MAILBOX.match(dest):
            return self._has_return(ivr)
        found = _ANNOUNCEMENT.match(dest)
        if found and holds(self.settings.announcements.get(found[1], {}), "return_ivr"):
            return True
        return any(self._depends(each, ivr, (*above, dest)) for each in self._behind(dest))

    def _has_return(self, ivr: str) -> bool:
        return bool(ivr) and holds(self.settings.ivrs[ivr], "retvm")

    def _behind(self, dest: str) -> list[str]:
        """Where a call may go on behind this destination."""
        for pattern, rows, names in (
            (_ANNOUNCEMENT, self.settings.announcements, ("post_dest",)),
            (_GROUP, self.settings.groups, ("postdest",)),
            (_QUEUE, self.settings.queues, ("dest",)),
            (_CONDITION, self.settings.conditions, ("truegoto", "falsegoto")),
        ):
            if found := pattern.match(dest):
                return [text(rows.get(found[1], {}), each) for each in names]
        if found := _TOGGLE.match(dest):
            return [text(each, "dest") for each in self.settings.toggles.get(found[1], [])]
        found = _EXTENSION.match(dest)
        return [_mailbox_of(found[1])] if found and self._has_mailbox(found[1]) else []

    def _has_mailbox(self, number: str) -> bool:
        return text(self.settings.users.get(number, {}), "voicemail") not in ("", "novm")

    def _put(self, title: str, kind: str, node: str, content: dict[str, Any], notes: list[str]) -> str:
        self.builder.put(node, content)
        self.builder.tell(title, kind, Fate.CHANGED if notes else Fate.CARRIED, node, "; ".join(notes))
        return node

    def _end(self, how: str, dest: str, ivr: str) -> str:
        if how not in ("hangup", "", "s"):
            node = self._begin(f"end {how}", dest, ivr)
            why = [f"{how} is no way to end a call here: it is hung up"]
            return self._put(f"end {how}", "terminate call", node, {"action": "hangup"}, why)
        return self.builder.end()

    def _mailbox(self, number: str, dest: str, ivr: str) -> str:
        title = f"mailbox {number}"
        node = self._begin(title, dest, ivr)
        after = self.ivr_node(ivr) if self._has_return(ivr) else self.builder.end()
        kept = {"action": "record", "save": "message", "mailbox": number[:64], "next": after}
        notes = [f"the greeting of mailbox {number} stays behind: give the node a text"]
        return self._put(title, "voicemail", node, kept, notes)

    def _announcement(self, key: str, dest: str, ivr: str) -> str | None:
        row = self.settings.announcements.get(key)
        if row is None:
            return None
        title = f"announcement {text(row, 'description') or key}"
        node = self._begin(title, dest, ivr)
        notes: list[str] = []
        said = self.sounds.of("", text(row, "recording_id"), "", notes)
        returns = ivr and holds(row, "return_ivr")
        after = self.ivr_node(ivr) if returns else self.node(text(row, "post_dest"), ivr)
        if again := text(row, "repeat_msg"):
            notes.append(f"key {again} does not repeat it here")
        skips = holds(row, "allow_skip")
        return self._put(title, "announcement", node, {**said, "barge_in": skips, "next": after}, notes)

    def _extension(self, number: str, dest: str, ivr: str) -> str:
        user = self.settings.users.get(number, {})
        title = f"extension {number}"
        node = self._begin(title, dest, ivr)
        agent = f"extension_{number}"[:64]
        whom = f"extension {number} ({text(user, 'name')})" if text(user, "name") else title
        notes = [f"{whom} is a telephone of its own: make an agent {agent}"]
        ring: dict[str, Any] = {"action": "transfer", "agent": agent}
        if self._has_mailbox(number):
            ring["fallback_node"] = self.node(_mailbox_of(number), ivr)
        return self._put(title, "extension", node, ring, notes)

    def _group(self, number: str, dest: str, ivr: str) -> str:
        row = self.settings.groups.get(number, {})
        title = f"ring group {number} {text(row, 'description')}".strip()
        node = self._begin(title, dest, ivr)
        notes: list[str] = []
        members = [each.strip() for each in text(row, "grplist").split("-") if each.strip()]
        outside = full_number(members[0].rstrip("#")) if len(members) == 1 and members[0].endswith("#") else None
        said = self.sounds.of("", text(row, "annmsg_id"), "", notes)
        ring: dict[str, Any] = {"action": "transfer", **said}
        if outside:
            ring["to"] = outside
        else:
            at_once = text(row, "strategy").startswith("ringall") or not text(row, "strategy")
            ring |= {"people": f"group_{number}"[:64], "ring": "all" if at_once else "in_turn"}
            notes.append(_who(f"ring group {number}", f"group_{number}", members))
        if seconds := whole(row, "grptime", 0):
            ring["ring_timeout_s"] = min(max(seconds, 5), 120)
        if after := text(row, "postdest"):
            ring["fallback_node"] = self.node(after, ivr)
        return self._put(title, "ring group", node, ring, notes)

    def _queue(self, number: str, dest: str, ivr: str) -> str:
        row = self.settings.queues.get(number, {})
        details = self.settings.queue_details.get(number, [])
        title = f"queue {number} {text(row, 'descr')}".strip()
        node = self._begin(title, dest, ivr)
        notes: list[str] = []
        said = self.sounds.of("", text(row, "joinannounce_id"), "", notes)
        members = [found[1] for each in details if (found := _MEMBER.match(text(each, "data")))
                   and text(each, "keyword") == "member"]  # fmt: skip
        how = next((text(each, "data") for each in details if text(each, "keyword") == "strategy"), "")
        wait_s = min(max(whole(row, "maxwait", 0) or _LINE_S, 10), _LINE_S)
        line: dict[str, Any] = {"action": "transfer", **said, "people": f"group_{number}"[:64]}
        line |= {"ring": _RINGS.get(how, "in_turn") if how else "all", "wait_s": wait_s, "max_waiting": 1000}
        notes.append(_who(f"queue {number}", f"group_{number}", members))
        if text(row, "ivr_id") not in ("", "0", "none"):
            notes.append("whoever waits hears no menu of their own here")
        if after := text(row, "dest"):
            line["fallback_node"] = self.node(after, ivr)
        return self._put(title, "queue", node, line, notes)

    def _condition(self, key: str, dest: str, ivr: str) -> str | None:
        row = self.settings.conditions.get(key)
        if row is None:
            return None
        title = f"time condition {text(row, 'displayname') or key}"
        node = self._begin(title, dest, ivr)
        hours = _hours(text(row, "displayname"), f"times_{key}")
        times = [text(each, "time") for each in self.settings.times.get(text(row, "time"), [])]
        told = f" with {', '.join(times)}" if times else " as the calendar there has them"
        zone = text(row, "timezone")
        notes = [f"make the opening hours {hours}{told}" + (f", in {zone}" if "/" in zone else "")]
        ways = {"open": self.node(text(row, "truegoto"), ivr)}
        asks = {"switch": f"hours:{hours}", "case": ways, "default": self.node(text(row, "falsegoto"), ivr)}
        return self._put(title, "time condition", node, asks, notes)

    def _toggle(self, key: str, dest: str, ivr: str) -> str | None:
        rows = self.settings.toggles.get(key)
        if not rows:
            return None
        said = {text(each, "dmode"): text(each, "dest") for each in rows}
        title = f"call flow {said.get('fc_description') or key}"
        node = self._begin(title, dest, ivr)
        hours = f"call_flow_{key}"[:64]
        notes = [f"make the opening hours {hours}, always open: close them by hand where {key} was toggled by phone"]
        ways = {"open": self.node(said.get("day", ""), ivr)}
        asks = {"switch": f"hours:{hours}", "case": ways, "default": self.node(said.get("night", ""), ivr)}
        return self._put(title, "call flow control", node, asks, notes)

    def _number(self, key: str, dest: str, ivr: str) -> str | None:
        row = self.settings.numbers.get(key)
        number = full_number(text(row, "destdial")) if row is not None else None
        if row is None or number is None:
            return None
        title = f"misc destination {text(row, 'description') or key}"
        node = self._begin(title, dest, ivr)
        return self._put(title, "misc destination", node, {"action": "transfer", "to": number}, [])

    def _unknown(self, dest: str, ivr: str) -> str:
        node = self._begin(f"agent for {dest.partition(',1')[0]}", dest, ivr)
        why = [f"{dest} is not here: make an agent agent"]
        self.builder.put(node, {"action": "transfer", "agent": "agent"})
        self.builder.tell(dest, "destination", Fate.NOT_CARRIED, node, "; ".join(why))
        return node


_Put = Callable[[Destinations, str, str, str], str | None]
_KINDS: tuple[tuple[re.Pattern[str], _Put], ...] = (
    (_END, Destinations._end),
    (_MAILBOX, Destinations._mailbox),
    (_ANNOUNCEMENT, Destinations._announcement),
    (_GROUP, Destinations._group),
    (_QUEUE, Destinations._queue),
    (_CONDITION, Destinations._condition),
    (_TOGGLE, Destinations._toggle),
    (_NUMBER, Destinations._number),
    (_EXTENSION, Destinations._extension),
)


def _mailbox_of(number: str) -> str:
    return f"ext-local,vmu{number},1"


def _who(what: str, group: str, members: list[str]) -> str:
    named = f": {', '.join(members)}"[:200] if members else ""
    return f"whoever is in {what} is to be one of the people of {group}{named}"


def _hours(name: str, otherwise: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:64] or otherwise

