"""Nodes for verbs: each document a chain, each question a way for each key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from ivr.domain.imports.building import MenuBuilder, plain_name
from ivr.domain.imports.digit_patterns import up_to
from ivr.domain.imports.phone_targets import full_number, target_of
from ivr.domain.imports.report import Fate, Imported
from ivr.domain.imports.verbs.verb import Documents, Verb

_LONGEST_RECORDING_S = 600
_MOST_TIMES = 16
_ALL_KEYS = "1234567890*#"


def read(documents: Documents, source: str, name: str) -> Imported:
    """The menu that begins at the first document. Raises NotReadable."""
    return _Documents(documents, source).read(name)


class _Documents:
    def __init__(self, documents: Documents, source: str) -> None:
        self.documents = {_bare(address): verbs for address, verbs in documents.items()}
        self.first = next(iter(self.documents))
        self.builder = MenuBuilder(source)
        self.refuses = False

    def read(self, name: str) -> Imported:
        self.refuses = next((verb.kind for verb in self.documents[self.first]), "") == "reject"
        for address in self.documents:
            self._chain(address)
        named = name or plain_name(self.first).replace("_", " ")
        imported = self.builder.finish(named, self._start(self.first))
        return replace(imported, menu={**imported.menu, "answer": False}) if self.refuses else imported

    def _start(self, address: str) -> str:
        return self._node(address, 0) if self.documents[address] else self.builder.end()

    def _node(self, address: str, at: int) -> str:
        verbs = self.documents[address]
        if at >= len(verbs):
            return self.builder.end()
        if verbs[at].kind == "hangup":
            return self.builder.end()
        return self.builder.name_node(self._part(address, at))

    def _part(self, address: str, at: int) -> str:
        return f"{address.strip('/') or 'main'} {at + 1} {self.documents[address][at].name}"

    def _chain(self, address: str) -> None:
        for at, verb in enumerate(self.documents[address]):
            part, following = self._part(address, at), self._node(address, at + 1)
            if verb.kind == "hangup":
                self.builder.tell(part, verb.name, node=self.builder.end())
                continue
            node = self.builder.name_node(part)
            put = _BUILDERS.get(verb.kind)
            if put is None:
                self.builder.put(node, {"next": following})
                why = f"there is no {verb.name} here: the call goes on behind it"
                self.builder.tell(part, verb.name, Fate.NOT_CARRIED, node, why)
                continue
            notes = [*verb.notes, *put(self, address, verb, node, following)]
            fate = Fate.CHANGED if notes else Fate.CARRIED
            self.builder.tell(part, verb.name, fate, node, "; ".join(notes))

    def find(self, address: str, action: str, key: str = "") -> str | None:
        """The document that an action leads to from this one: the one for this key, or for every key."""
        whole = _bare(urljoin(f"http://x/{address.lstrip('/')}", action)) if action else address
        for own, of_key in ((each, _key_in(each)) for each in self.documents):
            if key and of_key == key and _path(own) == _path(whole):
                return own
        plain = [each for each in self.documents if _path(each) == _path(whole) and not _key_in(each)]
        return plain[0] if plain and not _key_in(whole) else None

    def keys_of(self, address: str, action: str) -> list[str]:
        """The keys that documents of this action are for."""
        whole = _bare(urljoin(f"http://x/{address.lstrip('/')}", action)) if action else address
        keys = (_key_in(each) for each in self.documents if _path(each) == _path(whole))
        return [key for key in dict.fromkeys(keys) if key]

    def say(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        notes: list[str] = []
        self.builder.put(node, {**self._prompt(verb, notes), "barge_in": False, "next": following})
        return notes

    def pause(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        self.builder.put(node, {"next": following})
        return ["a pause of its own is left out: write three dots into a text"]

    def digits(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        keys = re.sub(r"[^0-9*#A-DwW]", "", verb.text("digits"))[:48]
        sent = {"action": "send_digits", "keys": keys} if keys else {}
        self.builder.put(node, {**sent, "next": following})
        return []

    def gather(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        notes: list[str] = []
        prompts = [self._prompt(each, notes) for each in verb.inside if each.kind in ("say", "play")]
        prompts = [each for each in prompts if each]
        question: dict[str, Any] = prompts.pop() if prompts else {}
        at = node
        for number, prompt in enumerate(prompts, 2):
            after = self.builder.name_node(f"{node} {number}")
            self.builder.put(at, {**prompt, "next": after})
            at = after
        gather = self._ways(address, verb, following, notes)
        wait_s = min(max(verb.whole("timeout") or 5, 1), 60)
        empty = verb.text("action") if verb.holds("acts_on_silence") else ""
        silent = self.find(address, empty) if empty else None
        silence = self._hooked(silent, verb, following) if silent else following
        question |= {"gather": gather, "timeout_s": wait_s, "max_attempts": {"no_input": 1, "no_match": 1}}
        question |= {"no_input_node": silence, "no_match_node": self._no_match(address, verb, following)}
        if any(len(each) > 1 for each in gather):
            question["between_s"] = min(max(verb.whole("between") or wait_s, 1), 20)
            end_key = verb.text("end_keys", "#")
            if end_key != "#":
                question["end_key"] = "*" if end_key == "*" else "none"
        if "speech" in verb.text("input"):
            notes.append("callers answer by keys alone")
        self.builder.put(at, question)
        return notes

    def _hooked(self, document: str, verb: Verb, following: str) -> str:
        """Where a document begins that is asked for; in an empty one the next verb runs, if that is its way."""
        return following if verb.holds("goes_on") and not self.documents[document] else self._start(document)

    def _no_match(self, address: str, verb: Verb, following: str) -> str:
        """Where a key leads that no document is for: there it is an error, which ends the call."""
        if verb.holds("goes_on") and not verb.text("action"):
            return following
        found = self.find(address, verb.text("action"))
        return self._hooked(found, verb, following) if found else self.builder.end()

    def _ways(self, address: str, verb: Verb, following: str, notes: list[str]) -> dict[str, str]:
        action = verb.text("action")
        length = verb.whole("length")
        ways: dict[str, str] = {}
        keys = [] if verb.holds("goes_on") and not action else self.keys_of(address, action)
        for key in keys:
            document = self.find(address, action, key)
            if document and re.fullmatch(r"[0-9]{1,24}|[*#]", key, re.ASCII):
                ways[key] = self._hooked(document, verb, following)
        if verb.holds("goes_on") and not action:
            target = following
        elif found := self.find(address, action):
            target = self._hooked(found, verb, following)
        elif ways:
            return ways
        else:
            notes.append(f"the document {action} is not here, so every key ends the call")
            return dict.fromkeys(("X", "*"), self.builder.end())
        if length == 1 or (length is None and ways and all(len(key) == 1 for key in ways)):
            return {**ways, **{key: target for key in ("X", "*") if key not in ways}}
        return {**ways, up_to(verb.whole("most") or length, verb.whole("least") or 1): target}

    def dial(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        targets = [each for each in verb.inside if each.kind in ("number", "sip", "client", "conference", "queue")]
        notes: list[str] = []
        after = self._after(address, verb, following, notes)
        if targets and targets[0].kind == "queue":
            return [*notes, *self._line(targets[0].text("to"), node, after)]
        ring: dict[str, Any] = {"action": "transfer"}
        if targets:
            kind = targets[0].kind
            to, more = target_of(kind, ",".join(each.text("to") for each in targets), lambda text: None)
            notes += more
            if to:
                ring["to"] = to
        if "to" in ring and (caller_id := full_number(verb.text("caller_id"))):
            ring["caller_id"] = caller_id
        if timeout := verb.whole("timeout"):
            ring["ring_timeout_s"] = min(max(timeout, 5), 120)
        if longest := verb.whole("max_talk"):
            ring["max_talk_s"] = min(max(longest, 10), 14_400)
        if verb.holds("star_ends"):
            ring["end_key"] = "*"
        if verb.text("record").startswith(("record", "true")):
            ring |= {"text": "This call is recorded.", "record": True}
            notes.append("a recorded talk is announced: speak the text of the node")
        self.builder.put(node, {**ring, "fallback_node": after, "on_agent_hangup": after})
        return notes

    def record(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        longest = verb.whole("longest") or 3600
        keys = re.sub(r"[^0-9*#]", "", verb.text("end_keys", _ALL_KEYS))
        notes: list[str] = []
        if longest > _LONGEST_RECORDING_S:
            notes.append(f"a recording has {_LONGEST_RECORDING_S} seconds at most")
        if verb.holds("transcribe"):
            notes.append("it is not written down by itself: ask a service with the link of the sound")
        kept = {
            "action": "record",
            "save": "message",
            "max_s": min(max(longest, 2), _LONGEST_RECORDING_S),
            "silence_s": min(max(verb.whole("timeout") or 5, 1), 60),
            "end_keys": "any" if set(keys) >= set(_ALL_KEYS) else keys[:12] or "none",
            "tone": verb.text("tone", "true").lower() != "false",
            "max_attempts": 1,
            "next": self._after(address, verb, following, notes),
            "no_input_node": following,
        }
        self.builder.put(node, kept)
        return notes

    def redirect(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        found = self.find(address, verb.text("to"))
        self.builder.put(node, {"next": self._start(found) if found else self.builder.end()})
        return [] if found else [f"the document {verb.text('to')} is not here, so the call ends there"]

    def reject(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        busy = verb.text("reason") == "busy" or verb.text("status") == "486"
        self.builder.put(node, {"action": "reject", "reason": "busy" if busy else "declined"})
        return [] if self.refuses else ["the call is answered before, so it is ended instead"]

    def enqueue(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        notes: list[str] = []
        after = self._after(address, verb, following, notes)
        return [*notes, *self._line(verb.text("queue"), node, after)]

    def message(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        whom = full_number(verb.text("to")) or "{caller}"
        text = verb.text("text")[:2000]
        words = {"text": text} if text else {}
        self.builder.put(node, {"action": "send", "to": f"sms:{whom}", **words, "next": following})
        return ["it goes by a channel for text messages, which is to be made"]

    def nothing(self, address: str, verb: Verb, node: str, following: str) -> list[str]:
        self.builder.put(node, {"next": following})
        return []

    def _line(self, queue: str, node: str, after: str) -> list[str]:
        group = plain_name(queue) or "support"
        line = {"action": "transfer", "people": group, "wait_s": 3600, "max_waiting": 1000}
        self.builder.put(node, {**line, "fallback_node": after, "on_agent_hangup": after})
        return [f"whoever takes the calls of this queue is to be one of the people of the group {group}"]

    def _after(self, address: str, verb: Verb, following: str, notes: list[str]) -> str:
        """Where a call goes on behind a verb: the document of its action, or the next verb."""
        action = verb.text("action")
        if not action:
            return following
        found = self.find(address, action)
        if found is None:
            notes.append(f"the document {action} is not here, so the call ends there")
        return self._hooked(found, verb, following) if found else self.builder.end()

    def _prompt(self, verb: Verb, notes: list[str]) -> dict[str, Any]:
        times = verb.whole("loop")
        if times == 0:
            notes.append("what was repeated without an end is said three times")
            times = 3
        again = min(max(times or 1, 1), _MOST_TIMES)
        if verb.kind == "say":
            text = " ".join(verb.text("text").split()).replace("{", "(").replace("}", ")")
            return {"text": text if again == 1 else [text] * again} if text else {}
        if keys := verb.text("digits"):
            notes.append(f"the tones {keys} are not played here: send keys by a node of their own")
        audio = [self.builder.sound(each) for each in verb.text("address").split("\n") if each] * again
        return {"audio": audio[0] if len(audio) == 1 else audio[:_MOST_TIMES]} if audio else {}


_Put = Callable[[_Documents, str, Verb, str, str], list[str]]
_BUILDERS: Mapping[str, _Put] = {
    "say": _Documents.say,
    "play": _Documents.say,
    "pause": _Documents.pause,
    "digits": _Documents.digits,
    "gather": _Documents.gather,
    "dial": _Documents.dial,
    "record": _Documents.record,
    "redirect": _Documents.redirect,
    "reject": _Documents.reject,
    "enqueue": _Documents.enqueue,
    "message": _Documents.message,
    "answer": _Documents.nothing,
    "tag": _Documents.nothing,
}


def _bare(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"


def _path(address: str) -> str:
    return "/" + urlsplit(address).path.strip("/").removesuffix(".xml").removesuffix(".json")


def _key_in(address: str) -> str:
    found = parse_qs(urlsplit(address.replace("#", "%23")).query).get("Digits")
    return found[0] if found else ""
