"""Each element of a list in turn: saved as a variable, with the nodes that are to come back here for the next one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import Fault, Field, NumberField, TargetField, WayOut
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.menu.rounds import leads_to
from ivr.domain.menu.value_fields import VariableField
from ivr.domain.menu.variables import NAME, Held, Item, Memory, Place, is_below
from ivr.domain.problems import Problem

# The results of this node; NEXT: there is another element.
NEXT, DONE, EMPTY = "next", "done", "empty"
MAX_ELEMENTS = 99
# Below the variable that an element is saved as: how many follow it, and its number from 1.
_LEFT, _AT = "left", "at"


@dataclass(frozen=True, slots=True, kw_only=True)
class EachNode(Node):
    """`list` is a variable, `save` the one that the next element becomes each time a call comes here."""

    kind: ClassVar[str] = "each"
    mark: ClassVar[Mark] = Mark("action", "each")
    api: ClassVar[ApiSchema] = ApiSchema(
        "EachNode",
        "Each of a list",
        "Saves the next element of a list and continues at `next`, each time a call comes here, until none is left.",
    )
    label: ClassVar[str] = "Each of a list"
    new_id: ClassVar[str] = "each"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    bounded_ways: ClassVar[frozenset[str]] = frozenset({"next"})
    own_fields: ClassVar[tuple[Field, ...]] = (
        VariableField(
            name="list",
            label="List",
            hint="A variable with a list, such as found.people.",
            description="The variable whose elements are gone through.",
            required=True,
        ),
        VariableField(
            name="save",
            label="Save each as",
            hint="who makes who.name, and who.left and who.at.",
            description="The variable that the element becomes: `who` makes `who.name` out of its `name`, and beside "
            "it `who.left`, how many follow, and `who.at`, its number from 1.",
            required=True,
        ),
        TargetField(
            name="next",
            label="For each one",
            way_out="then",
            if_missing="with the first element callers hear a goodbye and the call ends",
            description="Where the call continues with an element; it comes back here for the next.",
            required=True,
        ),
        TargetField(
            name="done_node",
            label="When all are done",
            way_out="done",
            if_missing="after the last element callers hear a goodbye and the call ends",
            description="Where the call continues when no element is left.",
            required=True,
        ),
        TargetField(
            name="empty_node",
            label="If there is none",
            if_absent="As when all are done",
            way_out="none",
            if_missing="for an empty list callers hear a goodbye and the call ends",
            description="Where the call continues when the list is empty or unset; absent: at `done_node`.",
        ),
        FlagField(
            name="shuffle",
            more=True,
            label="In random order",
            description="In an order of each call's own.",
        ),
        NumberField(
            name="max",
            more=True,
            label="At most",
            least=1,
            most=MAX_ELEMENTS,
            default=None,
            step=1,
            code="invalid_max",
            rule=f"max is a whole number from 1 to {MAX_ELEMENTS}",
            description="How many elements are gone through at most. Absent: all.",
        ),
    )

    list: str
    save: str
    next: str
    done_node: str
    empty_node: str | None = None
    shuffle: bool = False
    max: int | None = None

    @classmethod
    def check(cls, raw: Mapping[str, Any], fault: Fault) -> None:
        Node.check(raw, fault)
        listed, saved = raw.get("list"), raw.get("save")
        if not isinstance(listed, str) or not isinstance(saved, str):
            return
        if is_below(listed, saved) or is_below(saved, listed):
            fault("saves_over_list", f"an element saved as {saved} would take the place of {listed}", "save")

    def advance(self, memory: Memory, chance: int) -> tuple[str, Memory]:
        """The result, and what the call knows with the next element. `chance` shuffles a list that is begun."""
        items = memory.find(self.list)
        if not isinstance(items, list) or not items:
            return EMPTY, memory.at_place(self.id, None)
        place = memory.places.get(self.id) or Place(self.list, 0, chance if self.shuffle else 0)
        count = min(len(items), self.max or len(items))
        if place.done >= count:
            return DONE, memory.at_place(self.id, None)
        item = items[order(len(items), place.chance)[place.done]]
        at = place.done + 1
        now = memory.keeping_whole(self.save, self._parts(item, at, count - at), memory.is_secret(self.list))
        return NEXT, now.at_place(self.id, place._replace(done=at))

    def _parts(self, item: Item, at: int, left: int) -> Mapping[str, Held]:
        """Its variables, behind those that every element has: there is room for these first."""
        own: dict[str, Held] = {f"{self.save}.{_LEFT}": left, f"{self.save}.{_AT}": at}
        if not isinstance(item, Mapping):
            return {**own, self.save: item}
        named = {f"{self.save}.{name}": value for name, value in item.items()}
        return {**own, **{name: value for name, value in named.items() if NAME.fullmatch(name)}, **own}

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is NEXT, DONE or EMPTY."""
        target = self.next if result == NEXT else self.done_node
        if result == EMPTY and self.empty_node is not None:
            target = self.empty_node
        return GoTo(target) if target in nodes else NoWayOn()

    def sets(self) -> Mapping[str, int]:
        own = Node.sets(self)
        return {**own, self.save: own.get(self.save, 0)}

    def sets_before(self, way: WayOut) -> Iterable[str]:
        before = Node.sets_before(self, way)
        return (*before, self.save) if way.path[0] == "next" else before

    def uses(self) -> Iterator[Use]:
        """Its prompt is heard with the element, so what it says of that is set."""
        yield from (use for use in Node.uses(self) if use.path[0] == "set" or not is_below(use.name, self.save))
        if self.list not in (self.set or ()):
            yield Use(self.list, ("list",))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if self.next in around.nodes and not leads_to(self.next, self.id, around.nodes):
            text = "nothing leads back here: only the first element is ever used"
            yield self.warning("each_never_again", text, "next")


def order(count: int, chance: int) -> list[int]:
    """The order of so many elements: for the same chance always the same, on every machine; 0: as they stand."""
    if chance == 0:
        return list(range(count))
    return sorted(range(count), key=lambda at: blake2b(f"{chance}:{at}".encode(), digest_size=8).digest())
