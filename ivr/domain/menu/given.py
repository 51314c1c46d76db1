"""What holds outside a call while a menu is tested: the moment, the numbers, lists, services and agents. Pure.

A test touches nothing real: a service that nothing is given for fails, a list that is not named has nobody on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, get_args

from ivr.domain.agents import SIP_URI, Agent
from ivr.domain.menu.answered_by import ANSWERED_BY_VARIABLE, AnsweredBy
from ivr.domain.menu.variables import LANGUAGE, MAX_BYTES, NOTHING_KNOWN, Memory, Value, text_of
from ivr.domain.services import Failure
from ivr.domain.tickets import AgentBehaviour

FAILURES: tuple[Failure, ...] = get_args(Failure)
# The agent of transfers that name none.
DEFAULT_AGENT = "default"
# How long a service may take, as requests wait in calls.
ANSWERS_WITHIN_S = 3.0
RINGS_S, TALKS_S = 1.5, 3.0

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer of a service: the JSON `answer` after `delay_s`, or the way in which it `fails`. `when`: only where
    these values are sent."""

    answer: Any = None
    fails: Failure | None = None
    delay_s: float = 0.0
    when: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)

    def fits(self, sent: Mapping[str, Any]) -> bool:
        """Whether it is given for what is sent."""
        return all(name in sent and _same(value, sent[name]) for name, value in self.when.items())

    def to_json(self) -> dict[str, Any]:
        what = {"answer": self.answer} if self.fails is None else {"fails": self.fails}
        return {**what, **_said(self, "delay_s"), **({"when": dict(self.when)} if self.when else {})}


LineResult = Literal["closed", "full"]
LINE_RESULTS: tuple[LineResult, ...] = ("closed", "full")
PersonBehaviour = AgentBehaviour | LineResult


@dataclass(frozen=True, slots=True)
class GivenAgent:
    """What an agent does when it is rung: `result` after `rings_s`; having answered it hangs up after `talks_s` and
    `reports` a word. `accepts`: it takes the call by the key that is wanted, if one is. Of people in a group the
    result may be one of LINE_RESULTS: their line is closed or full, and nobody is rung."""

    result: PersonBehaviour = "answers"
    rings_s: float = RINGS_S
    talks_s: float = TALKS_S
    reports: str | None = None
    accepts: bool = True

    def to_json(self) -> dict[str, Any]:
        return {"result": self.result, **_said(self, "rings_s", "talks_s", "reports", "accepts")}


@dataclass(frozen=True, slots=True)
class Given:
    """What a draft takes for granted, so that its tests come out the same each time: `random` is what a switch on
    chance gets, `at` the moment at which one on opening hours asks (None: now), `verstat` what a carrier says about
    the caller's number (`none`: nothing), `language` the caller's, known by the number called or an earlier call,
    `answered_by` who answers a call that we make, `variables` are known when
    the call begins, `lists` are those that the caller is on. A service, an agent or `people` (a group, a number or a
    SIP address) has answers in turn; the last one stays."""

    random: int | None = None
    at: datetime | None = None
    caller: str | None = None
    called: str | None = None
    verstat: str | None = None
    language: str | None = None
    answered_by: AnsweredBy | None = None
    variables: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)
    lists: Sequence[str] = ()
    services: Mapping[str, Sequence[GivenAnswer]] = field(default_factory=lambda: _NOTHING)
    agents: Mapping[str, Sequence[GivenAgent]] = field(default_factory=lambda: _NOTHING)
    people: Mapping[str, Sequence[GivenAgent]] = field(default_factory=lambda: _NOTHING)

    def to_json(self) -> dict[str, Any]:
        """What `parse_given` reads; only what is given."""
        document = {
            "random": self.random,
            "at": self.at and self.at.isoformat(),
            "caller": self.caller,
            "called": self.called,
            "verstat": self.verstat,
            "language": self.language,
            "answered_by": self.answered_by,
            "variables": dict(self.variables),
            "lists": list(self.lists),
            "services": {name: [each.to_json() for each in turns] for name, turns in self.services.items()},
            "agents": {name: [each.to_json() for each in turns] for name, turns in self.agents.items()},
            "people": {name: [each.to_json() for each in turns] for name, turns in self.people.items()},
        }
        return {name: value for name, value in document.items() if value not in (None, {}, [])}

    def over(self, general: Given) -> Given:
        """This, and from `general` what this leaves open."""
        mine = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(general, **{name: value for name, value in mine.items() if value not in (None, {}, ())})

    def memory(self) -> Memory:
        """What the call knows when it begins."""
        memory = NOTHING_KNOWN
        for name, value in self.variables.items():
            memory = memory.keeping(name, value, is_secret=False)
        if self.language is not None:
            memory = memory.keeping(LANGUAGE, self.language, is_secret=False)
        if self.answered_by is not None:
            memory = memory.keeping(ANSWERED_BY_VARIABLE, self.answered_by, is_secret=False)
        return memory


NOTHING_GIVEN = Given()


def parse_given(document: Mapping[str, Any]) -> Given:
    """The inverse of `to_json`; raises ValueError, KeyError, AttributeError or TypeError."""
    if not document:
        return NOTHING_GIVEN
    at = document.get("at")
    return Given(
        random=document.get("random"),
        at=None if at is None else datetime.fromisoformat(at),
        caller=document.get("caller"),
        called=document.get("called"),
        verstat=document.get("verstat"),
        language=document.get("language"),
        answered_by=document.get("answered_by"),
        variables=dict(document.get("variables", {})),
        lists=tuple(document.get("lists", ())),
        services={
            name: tuple(GivenAnswer(**each) for each in turns)
            for name, turns in document.get("services", {}).items()
        },
        agents={
            name: tuple(GivenAgent(**each) for each in turns) for name, turns in document.get("agents", {}).items()
        },
        people={
            name: tuple(GivenAgent(**each) for each in turns) for name, turns in document.get("people", {}).items()
        },
    )


def agents_at_addresses(given: Given, agents: Mapping[str, Agent]) -> Mapping[str, Sequence[GivenAgent]]:
    """What is given for agents, by the addresses `user@host:port` at which they are dialled. What is given for one
    that is not known counts for the default agent, which is rung in its place."""
    rung = {who: [each for each in turns if each.result not in LINE_RESULTS] for who, turns in given.people.items()}
    at: dict[str, Sequence[GivenAgent]] = {_dialled_for(who): turns for who, turns in rung.items() if turns}
    for name, turns in given.agents.items():
        targets = agents[name].targets if name in agents else ()
        at.update({_address(each.uri): turns for each in targets})
        if not targets:
            at.setdefault(DEFAULT_AGENT, turns)
    return {**at, **({DEFAULT_AGENT: usual} if (usual := given.agents.get(DEFAULT_AGENT)) else {})}


def group_address(group: str) -> str:
    """The SIP address that stands for the people of a group in a test."""
    return f"sip:{group}@people.invalid"


def _dialled_for(who: str) -> str:
    """A number is dialled as it is, by whatever gateway."""
    return who if who.startswith("+") else _address(who if SIP_URI.fullmatch(who) else group_address(who))


def _address(uri: str) -> str:
    """Of a telephone number (`tel:`) the number itself."""
    return uri.partition(":")[2].partition(";")[0]


def fits_a_call(variables: Mapping[str, Value]) -> bool:
    """Whether a call has room for these variables."""
    return not Given(variables=variables).memory().no_room


def too_many_bytes() -> str:
    """What is wrong with variables that no call has room for."""
    return f"the variables of a call have at most {MAX_BYTES} bytes together, as JSON"


def _same(one: Any, other: Any) -> bool:
    """Whether what is sent is what was meant: 7 and "7" are one, as a switch compares them."""
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return bool(one == other)
    return _text(one) == _text(other)


def _text(value: Any) -> str:
    return str(value) if isinstance(value, float) else text_of(value)


def _said(it: Any, *names: str) -> dict[str, Any]:
    """Those of its fields that are not as they are by themselves."""
    usual = {each.name: each.default for each in fields(it)}
    return {name: getattr(it, name) for name in names if getattr(it, name) != usual[name]}
