"""What Twilio does with TwiML, as small as the tests need it: one caller from verb to verb."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from tests.domain.imports.callers import END, MOST_STEPS, Caller, Event


class DocumentCall:
    """`documents`: TwiML by address; the first answers the call."""

    def __init__(self, documents: Mapping[str, str], caller: Caller) -> None:
        self.documents = {each: list(ElementTree.XML(text)) for each, text in documents.items()}
        self.address = next(iter(documents))
        self.caller = caller
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        at = 0
        for _ in range(MOST_STEPS):
            verbs = self.documents[self.address]
            if at >= len(verbs):
                return [*self.met, END]
            leads = self._run(verbs[at])
            if leads == "":
                return [*self.met, END]
            if leads is None:
                at += 1
                continue
            if leads not in self.documents:
                return [*self.met, END]
            self.address, at = leads, 0
        return self.met

    def _run(self, verb: ElementTree.Element) -> str | None:
        """The document that the verb leads to; None: the next verb; empty: the call is over."""
        match verb.tag:
            case "Say" | "Play":
                self._hear(verb)
                return None
            case "Gather":
                for each in verb:
                    self._hear(each)
                key = self.caller.key()
                if key is None:
                    return None
                action = verb.get("action") or self.address
                return f"{action}?Digits={key}" if f"{action}?Digits={key}" in self.documents else action
            case "Dial":
                self.met.append(("rang", (verb.text or "").strip()))
                self.caller.ring()
                return verb.get("action")
            case "Record":
                self.met.append(("recorded", ""))
                return (verb.get("action") or self.address) if self.caller.speaks() else None
            case "Redirect":
                return (verb.text or "").strip()
            case "Hangup":
                return ""
        raise AssertionError(verb.tag)

    def _hear(self, verb: ElementTree.Element) -> None:
        kind = "said" if verb.tag == "Say" else "played"
        self.met += [(kind, (verb.text or "").strip())] * int(verb.get("loop", "1"))
