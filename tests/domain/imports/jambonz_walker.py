"""What jambonz does with verbs, as small as the tests need it: one caller from verb to verb.

A hook's answer takes the place of what is left of the verbs; an empty one leaves them. Silence asks the hook, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.domain.imports.callers import END, MOST_STEPS, Caller, Event

Verbs = Sequence[Mapping[str, Any]]


class HookCall:
    """`documents`: what the hooks answer, by address; the first answers the call."""

    def __init__(self, documents: Mapping[str, Verbs], caller: Caller) -> None:
        self.documents = documents
        self.caller = caller
        self.met: list[Event] = []

    def walk(self) -> list[Event]:
        verbs = list(next(iter(self.documents.values())))
        for _ in range(MOST_STEPS):
            if not verbs:
                return [*self.met, END]
            verb, verbs = verbs[0], verbs[1:]
            answer = self._run(verb)
            if answer is None:
                return [*self.met, END]
            verbs = [*answer] or verbs
        return self.met

    def _run(self, verb: Mapping[str, Any]) -> Verbs | None:
        """What the verb's hook answers; None: the call is over."""
        match verb["verb"]:
            case "say" | "play":
                self._hear(verb)
                return ()
            case "gather":
                for kind in ("say", "play"):
                    if kind in verb:
                        self._hear({**verb[kind], "verb": kind})
                return self._hook(verb, self.caller.key())
            case "dial":
                self.met.append(("rang", verb["target"][0]["number"]))
                self.caller.ring()
                return self._hook(verb, None)
            case "redirect":
                return self.documents.get(verb["actionHook"]) or None
        assert verb["verb"] == "hangup"
        return None

    def _hook(self, verb: Mapping[str, Any], digits: str | None) -> Verbs | None:
        address = verb.get("actionHook")
        if address is None:
            return ()
        if digits is not None and f"{address}?Digits={digits}" in self.documents:
            return self.documents[f"{address}?Digits={digits}"]
        return self.documents.get(address, () if digits is None and verb["verb"] == "gather" else None)

    def _hear(self, verb: Mapping[str, Any]) -> None:
        if verb["verb"] == "say":
            self.met.append(("said", " ".join(verb["text"]) if isinstance(verb["text"], list) else verb["text"]))
            return
        self.met += [("played", each) for each in ([verb["url"]] if isinstance(verb["url"], str) else verb["url"])]
