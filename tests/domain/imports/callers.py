"""A caller who keys what comes to mind, and what they meet: the same caller goes through a menu that was brought in
and through its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.imports.report import Imported
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.interpreter import Act, Ask, begin, step
from ivr.domain.menu.request import RequestNode
from ivr.domain.menu.variables import Memory, text_of

CALLER, CALLED = "+14805551234", "+15125550147"
END = ("end", "")
# A call that goes round without an end is watched for so many steps.
MOST_STEPS = 200
Event = tuple[str, str]


@dataclass
class Caller:
    """`keys`: what is keyed at each question, None for silence; `rings`: what comes of each call to somebody;
    `services`: whether each service answers; `words`: whether each recording has any."""

    keys: Sequence[str | None]
    rings: Sequence[str] = ("answered",)
    services: Sequence[bool] = (True,)
    words: Sequence[bool] = (True,)
    _asked: dict[str, int] = field(default_factory=dict)

    def again(self) -> Caller:
        """The same caller, before the call."""
        return Caller(self.keys, self.rings, self.services, self.words)

    def key(self) -> str | None:
        return self._next("keys", self.keys, None)

    def ring(self) -> str:
        return self._next("rings", self.rings, "no_answer")

    def service(self) -> bool:
        return self._next("services", self.services, True)

    def speaks(self) -> bool:
        return self._next("words", self.words, True)

    def _next(self, what: str, values: Sequence[Any], otherwise: Any) -> Any:
        at = self._asked.get(what, 0)
        self._asked[what] = at + 1
        return values[at] if at < len(values) else otherwise


def walk_menu(imported: Imported, caller: Caller) -> list[Event]:
    """What this caller meets in the menu, by our interpreter."""
    menu = parse_menu(dict(imported.menu))
    sounds = {each.audio: each.source for each in imported.sounds}
    services = {each.name: each.url for each in imported.services}
    position, following = begin(menu, Memory(caller=CALLER, called=CALLED))
    met: list[Event] = []
    result: str | None = None
    answers = 0
    for _ in range(MOST_STEPS):
        if not isinstance(following, Ask | Act):
            return [*met, END]
        raw = imported.menu["nodes"][following.node.id]
        if position.failures:
            met += _heard(_told(raw, "no_input_" if result is None else "no_match_"), position.memory, sounds)
        met += _heard(_attempt(raw, position.failures), position.memory, sounds)
        result = _result(following, raw, caller, met, position.memory, services)
        if result is _OVER:
            return [*met, END]
        if isinstance(following.node, RequestNode) and result == "done":
            answers += 1
            position = position._replace(memory=following.node.keep(position.memory, {"code": str(answers)})[0])
        position, following = step(menu, position, result, 0.0)
    return met


def same(one: Sequence[Event], other: Sequence[Event]) -> bool:
    """Whether both calls met the same, as far as calls that go round were watched."""
    if END in one and END in other:
        return list(one) == list(other)
    return all(mine == theirs for mine, theirs in zip(one, other, strict=False) if END not in (mine, theirs))


_OVER: Any = object()


def _result(
    following: Ask | Act[Any],
    raw: Mapping[str, Any],
    caller: Caller,
    met: list[Event],
    memory: Memory,
    services: Mapping[str, str],
) -> str | None:
    if isinstance(following, Ask):
        return caller.key()
    if "switch" in raw:
        held = memory.find(raw["switch"])
        return text_of(held) if held is not None else ""
    match raw.get("action"):
        case None:
            return None
        case "hangup" | "reject" | "suppress":
            return _OVER
        case "transfer":
            met.append(("rang", filled(raw.get("to") or raw.get("people") or raw.get("agent") or "agent", memory)))
            how = caller.ring()
            return "agent_hung_up" if how == "answered" else f"no_agent:{how}"
        case "record":
            met.append(("recorded", ""))
            return "kept" if caller.speaks() else "nothing"
        case "request":
            met.append(("asked", services[raw["service"]]))
            return "done" if caller.service() else "failed"
        case "send":
            met.append(("sent", filled(raw.get("text", ""), memory)))
            return "left"
        case "send_digits":
            met.append(("keys", raw["keys"]))
            return None
    raise AssertionError(raw)


def _attempt(raw: Mapping[str, Any], failures: int) -> Mapping[str, Any]:
    """The node as it is heard at this attempt."""
    again = {name.removeprefix("again_"): value for name, value in raw.items() if name.startswith("again_")}
    if not failures or not again:
        return raw
    return {**{name: value for name, value in raw.items() if name not in ("audio", "text")}, **again}


def _told(raw: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
    """What is heard before a question is asked again."""
    return {name: raw[f"{prefix}{name}"] for name in ("audio", "text") if f"{prefix}{name}" in raw}


def _heard(raw: Mapping[str, Any], memory: Memory, sounds: Mapping[str, str]) -> Iterator[Event]:
    if raw.get("action") == "send":
        return
    for name, kind in (("audio", "played"), ("text", "said")):
        value = raw.get(name, ())
        for each in [value] if isinstance(value, str) else value:
            yield kind, sounds.get(each, each) if kind == "played" else filled(each, memory)


def filled(text: str, memory: Memory) -> str:
    """The text with the values that a call has."""
    for name, held in {**memory.values, "caller": memory.caller, "called": memory.called}.items():
        text = text.replace(f"{{{name}}}", text_of(held))
    while "{" in text:
        before, _, rest = text.partition("{")
        text = before + rest.partition("}")[2]
    return " ".join(text.split())
