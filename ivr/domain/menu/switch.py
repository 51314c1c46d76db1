"""A switch: continues at the node of the first case that fits a value, without a word to the caller."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, get_args

from ivr.domain.hours.model import HOURS_NAME, Word
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.cases import (
    MOST_RANDOM,
    Case,
    Exact,
    Prefix,
    Range,
    SameAs,
    doubt_of,
    fits,
    is_covered,
    may_overlap,
    parse_case,
)
from ivr.domain.menu.fields import Field, TargetField, WordField
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.random_lint import lint_random
from ivr.domain.menu.value_fields import CaseTargetsField
from ivr.domain.menu.variables import CALLED, CALLER, KNOWN, NAME_PATTERN, VERSTAT, Item, Memory, text_of
from ivr.domain.number_lists import ASKED, LIST_NAME
from ivr.domain.numbers import find_did
from ivr.domain.problems import Problem
from ivr.domain.verstat import VERSTATS

RANDOM = "random"
# The value of `caller` for a call without a number.
ANONYMOUS = "anonymous"
# The value of `verstat` for a caller of whom no carrier that is believed has said anything.
NOTHING_TOLD = "none"
# Recorded where no case fits.
DEFAULT = "default"

_CALLER_RULE = "; a number is written as +14155550100, the beginning of numbers as +1415*"
_NUMBER_BEGINS = re.compile(r"\+?|\+[1-9][0-9]{0,14}", re.ASCII)

# Before the name of opening hours.
HOURS = "hours:"
_WORDS = get_args(Word)
# Of a list: whether the caller is on it.
_ON, _OFF = "true", "false"

SUBJECT = re.compile(
    rf"{CALLER}|{CALLED}|{RANDOM}|{HOURS}{HOURS_NAME.pattern}|{ASKED}{LIST_NAME.pattern}|{NAME_PATTERN}", re.ASCII
)


class Outside(Protocol):
    """What a switch may ask beside what the call knows."""

    def random(self) -> int:
        """A number from 1 to MOST_RANDOM."""

    def state_of(self, hours: str) -> str:
        """The word of these opening hours at this moment; empty where there are no such hours."""

    def is_on(self, list_name: str) -> bool | None:
        """Whether the caller is on this list; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchNode(Node):
    """`switch` names what is compared: a variable, `caller`, `called`, `random` (1 to 100), opening hours or a list.
    `case` maps cases to nodes, and `default` names the node for all else; none of them need exist (yet)."""

    kind: ClassVar[str] = "switch"
    mark: ClassVar[Mark] = Mark("switch")
    api: ClassVar[ApiSchema] = ApiSchema(
        "SwitchNode",
        "A switch",
        "Continues at the node of the first case that fits. Callers hear its `audio`, if any, and press nothing.",
    )
    label: ClassVar[str] = "Switch"
    new_id: ClassVar[str] = "switch"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    own_fields: ClassVar[tuple[Field, ...]] = (
        WordField(
            name="switch",
            label="Depends on",
            hint="A variable, caller, called, verstat, random (1 to 100), hours:office, or list:banned.",
            pattern=SUBJECT,
            code="invalid_switch",
            rule="a switch is on a variable, on caller, called or random, on opening hours, as in hours:office, or "
            "on a list, as in list:banned",
            description="What is compared: a variable (a case fits a list if it fits one of its values), `caller`, "
            "`called`, `verstat` (what the carrier says about the caller's number: `passed_a`, `passed_b`, "
            "`passed_c`, `passed`, `failed`, `not_verified` or `none`), `random` (a number from 1 to 100), "
            "`hours:NAME`, which is `open`, `closed` or `holiday` (see /hours), or `list:NAME`: whether the caller "
            "is on that list, `true` or `false` (see /lists).",
            required=True,
        ),
        CaseTargetsField(
            name="case",
            label="Cases",
            hint="A value, a range like 5..60, a beginning like +1480*, or a variable like {desk.busy}; the first "
            "that fits.",
            way_out="if",
            description="Case -> node id. A case is a value, a range of whole numbers (`5..60`), the beginning of a "
            "value and a star (`+1480*`), or a variable in braces (`{desk.busy}`), which fits what is the same as "
            "its value, or as one of a list, and never what is empty; a caller without a number is `anonymous`. The "
            "first that fits is taken.",
            required=True,
        ),
        TargetField(
            name="default",
            label="Otherwise",
            way_out="otherwise",
            if_missing="where no case fits callers hear a goodbye and the call ends",
            description="Where the call continues when no case fits.",
            required=True,
        ),
    )

    switch: str
    case: Mapping[str, str]
    default: str

    # What calls need of these fields, made once: the hours or the list that it asks, if it does; the cases, and
    # whether each is one exact value; where each case leads, and None, the default.
    hours: str | None = field(init=False, repr=False, compare=False)
    list_name: str | None = field(init=False, repr=False, compare=False)
    cases: tuple[tuple[str, Case], ...] = field(init=False, repr=False, compare=False)
    is_exact: bool = field(init=False, repr=False, compare=False)
    moves: Mapping[str | None, GoTo] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hours = self.switch.removeprefix(HOURS) if self.switch.startswith(HOURS) else None
        list_name = self.switch.removeprefix(ASKED) if self.switch.startswith(ASKED) else None
        cases = tuple((text, parse_case(text)) for text in self.case)
        is_exact = all(isinstance(case, Exact) for _, case in cases)
        moves: dict[str | None, GoTo] = {None: GoTo(self.default)}
        moves.update((text, GoTo(to)) for text, to in self.case.items())
        made = {"hours": hours, "list_name": list_name, "cases": cases, "is_exact": is_exact, "moves": moves}
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def value(self, memory: Memory, outside: Outside, nodes: Container[str]) -> str:
        """What is compared with the cases; empty for whatever is not known. Of a list the element that decides: a
        case fits if it fits one of them."""
        if self.hours is not None:
            return outside.state_of(self.hours)
        if self.switch == CALLER:
            return memory.caller or ANONYMOUS
        if self.list_name is not None:
            is_on = outside.is_on(self.list_name)
            return "" if is_on is None else _ON if is_on else _OFF
        if self.switch == RANDOM:
            return str(outside.random())
        if self.switch == VERSTAT and VERSTAT not in memory.values:
            return memory.verstat or NOTHING_TOLD
        found = memory.find(self.switch)
        return self._deciding(found, memory, nodes) if isinstance(found, list) else text_of(found)

    def _deciding(self, elements: Sequence[Item], memory: Memory, nodes: Container[str]) -> str:
        texts = [text_of(each) for each in elements]
        cases = [case for text, case in self.cases if self.case[text] in nodes]
        deciding = (text for case in cases for text in texts if fits(case, text, memory))
        return next(deciding, texts[0] if texts else "")

    def find_case(self, value: str, memory: Memory, nodes: Container[str]) -> str | None:
        """The first case that fits and whose node exists."""
        if self.is_exact:
            return value if self.case.get(value) in nodes else None
        for text, case in self.cases:
            # `fits`, without a call of its own for each case.
            is_fit = case.fits_in(memory, value) if type(case) is SameAs else case.fits(value)  # type: ignore[union-attr]
            if is_fit and self.case[text] in nodes:
                return text
        return None

    def is_secret(self, case: str | None, memory: Memory) -> bool:
        """Whether nobody may see what was compared, or the case that fits it."""
        found = None if case is None else parse_case(case)
        return memory.is_secret(self.switch) or (isinstance(found, SameAs) and memory.is_secret(found.name))

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is the value."""
        return self.leave(self.find_case(result or "", position.memory, nodes), nodes)

    def leave(self, case: str | None, nodes: Container[str]) -> Move:
        """By the way of this case; None: by the default."""
        move = self.moves[case]
        return move if move.node in nodes else NoWayOn()

    def uses(self) -> Iterator[Use]:
        yield from Node.uses(self)
        if ":" not in self.switch and self.switch not in (RANDOM, *KNOWN, *(self.set or ())):
            yield Use(self.switch, ("switch",))
        for text, case in self.cases:
            if isinstance(case, SameAs) and case.name not in (*KNOWN, *(self.set or ())):
                yield Use(case.name, ("case", text))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if self.hours is not None and self.hours not in around.hours:
            said = f"there are no opening hours called {self.hours}: the default is taken until there are"
            yield self.warning("hours_not_found", said, "switch")
        if self.list_name is not None and around.lists is not None and self.list_name not in around.lists:
            said = f"there is no list called {self.list_name}: nobody is on it"
            yield self.warning("list_not_found", said, "switch")
        cases = self.cases
        for at, (text, case) in enumerate(cases):
            covering = next((other for other, earlier in cases[:at] if is_covered(case, earlier)), None)
            behind = [later for _, later in cases[at + 1 :]]
            doubt = doubt_of(text)
            if doubt is not None:
                yield self.warning("case_is_exact", f"{text} is taken as exactly this text: {doubt}", "case", text)
            if not self._can_fit(case, around):
                said = f"this case is never taken: {self.switch} is never {text or 'empty'}{self._rule_of(text)}"
                yield self.warning("case_never_taken", said, "case", text)
            elif covering is not None:
                said = f"this case is never taken: {covering or 'the empty case'} stands before it and fits it, too"
                yield self.warning("case_never_taken", said, "case", text)
            elif self.case[text] == self.default and not any(may_overlap(case, later) for later in behind):
                said = f"this case changes nothing: {self.default} is where every value without a case leads"
                yield self.warning("case_without_effect", said, "case", text)
        for each in lint_random(self.case, self.default) if self.switch == RANDOM else ():
            yield self.warning(each.code, each.message, *each.path)

    def _can_fit(self, case: Case, around: Surroundings) -> bool:
        if isinstance(case, SameAs):
            return True
        if self.switch == VERSTAT and not any(VERSTAT in node.sets() for node in around.nodes.values()):
            return any(case.fits(word) for word in (*VERSTATS, NOTHING_TOLD))
        if self.hours is not None or self.list_name is not None:
            return any(case.fits(word) for word in ("", *(_WORDS if self.hours is not None else (_ON, _OFF))))
        if isinstance(case, Range):
            if self.switch == RANDOM:
                return max(1, case.least) <= min(MOST_RANDOM, case.most)
            return self.switch != CALLER and case.least <= case.most
        if self.switch == RANDOM:
            return any(case.fits(str(number)) for number in range(1, MOST_RANDOM + 1))
        if self.switch == CALLER:
            return case.fits(ANONYMOUS) or _fits_a_number(case)
        return True

    def _rule_of(self, case: str) -> str:
        """How a number is written, where the case seems to mean one."""
        return _CALLER_RULE if self.switch == CALLER and any(map(str.isdecimal, case)) else ""


def _fits_a_number(case: Exact | Prefix) -> bool:
    """Whether a whole number of the form +14155550100 can fit it."""
    if isinstance(case, Prefix):
        return _NUMBER_BEGINS.fullmatch(case.begins) is not None
    return find_did(case.value) == case.value
