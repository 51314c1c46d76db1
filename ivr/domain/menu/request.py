"""A request: asks a service, keeps its answer as variables, and continues; a notice only leaves it a word."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.answers import left_out, values_of
from ivr.domain.menu.fields import Fault, Field, ServiceField, TargetField, WayOut
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.menu.sent_field import SentField, names_sent
from ivr.domain.menu.value_fields import VariableField
from ivr.domain.menu.variables import CALLED, CALLER, KNOWN, VERSTAT, Memory, names_in
from ivr.domain.problems import Problem
from ivr.domain.services import SERVICE_NAME

# The results of a request.
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNode(Node):
    """`send` names variables, or gives each a name of its own and a text; `save` is the variable below which the
    answer is kept. Without `wait` it is a notice, which has no answer."""

    kind: ClassVar[str] = "request"
    mark: ClassVar[Mark] = Mark("action", "request")
    api: ClassVar[ApiSchema] = ApiSchema(
        "RequestNode",
        "A request",
        "Asks a service and keeps its answer as variables. Callers hear `audio` if the answer does not come at once.",
        {
            "if": {"required": ["wait"], "properties": {"wait": {"const": False}}},
            "else": {"required": ["fail_node"]},
        },
    )
    label: ClassVar[str] = "Request"
    new_id: ClassVar[str] = "request"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    own_fields: ClassVar[tuple[Field, ...]] = (
        ServiceField(
            name="service",
            label="Service",
            if_absent="Choose a service",
            pattern=SERVICE_NAME,
            code="invalid_service",
            rule="a service's name has 1 to 64 letters, digits, underscores or hyphens",
            description="The service that is asked, by its name.",
            required=True,
        ),
        SentField(
            name="send",
            label="What is sent",
            hint="Variables such as caller, or names of the service's own with texts like {caller}.",
            if_absent="Only which call asks",
            description="Variables by their names, `caller` and `called` among them, or an object: name -> text, in "
            "which `{name}` is replaced. A text that is only `{name}` keeps the variable's type; unset is null.",
        ),
        VariableField(
            name="save",
            label="Keep the answer as",
            hint="found makes found.known out of the answer's known.",
            if_absent="It is not kept",
            description="The variable below which the answer is kept: `found` makes `found.known` out of `known`.",
        ),
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the answer callers hear a goodbye and the call ends",
            description="Where the call continues with the answer; after a notice at once.",
            required=True,
        ),
        TargetField(
            name="fail_node",
            label="If it fails",
            if_absent="Needed, unless nothing is waited for",
            way_out="fails",
            if_missing="without an answer callers hear a goodbye and the call ends",
            description="Where the call continues when no answer comes in time, or none that counts. Required unless "
            "`wait` is false; of a notice it is where the call continues when nothing could take it.",
        ),
        FlagField(
            name="wait",
            label="Wait for the answer",
            default=True,
            description="False: a notice, which is sent later and until it is taken. It has no answer.",
        ),
        FlagField(
            name="secret",
            more=True,
            label="The answer is secret",
            description="What is kept of the answer is in no record, no log and no page, and encrypted in the call's "
            "state.",
        ),
    )

    service: str
    next: str
    send: tuple[str, ...] | list[str] | Mapping[str, Any] = ()
    save: str | None = None
    fail_node: str | None = None
    wait: bool = True
    secret: bool = False

    @classmethod
    def check(cls, raw: Mapping[str, Any], fault: Fault) -> None:
        Node.check(raw, fault)
        if raw.get("wait") is not False and "fail_node" not in raw:
            text = "a request needs fail_node, the node where a call goes without an answer, or wait: false"
            fault("fail_node_missing", text, "fail_node")

    def sent(self, memory: Memory) -> dict[str, Any]:
        """What the service is sent by a call that knows this much; None for what is unset."""
        if not isinstance(self.send, Mapping):
            return {name: _known(memory, name) for name in self.send}
        return {key: _filled(memory, given) for key, given in self.send.items()}

    def keep(self, memory: Memory, body: Any) -> tuple[Memory, tuple[str, ...]]:
        """What the call knows with this answer, and what is told of all that was not kept."""
        if self.save is None:
            return memory, ()
        answer = values_of(self.save, body)
        kept = memory.keeping_whole(self.save, answer.values, self.secret)
        return kept.with_room(), left_out(self.save, kept.no_room, is_whole=answer.is_whole)

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is DONE or FAILED; a notice without a `fail_node` goes on whatever came of it."""
        is_done = result == DONE or (not self.wait and self.fail_node is None)
        target = self.next if is_done else self.fail_node
        return GoTo(target) if target is not None and target in nodes else NoWayOn()

    def why_caller(self) -> tuple[str, str] | None:
        return ("wait", "nobody waits for an answer, so give it wait: false") if self.wait else Node.why_caller(self)

    def sets(self) -> Mapping[str, int]:
        """How much of an answer will be kept is not known before."""
        own = Node.sets(self)
        return {**own, self.save: own.get(self.save, 0)} if self.save is not None and self.wait else own

    def sets_before(self, way: WayOut) -> Iterable[str]:
        before = Node.sets_before(self, way)
        has_answer = self.save is not None and self.wait and way.path[0] == "next"
        return (*before, str(self.save)) if has_answer else before

    def uses(self) -> Iterator[Use]:
        yield from Node.uses(self)
        for path, name in names_sent(self.send):
            if name not in (*KNOWN, *(self.set or ())):
                yield Use(name, ("send", *path))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        if around.services is not None and self.service not in around.services:
            text = f"there is no service {self.service}: every request of it fails until there is"
            yield self.warning("service_not_found", text, "service")
        for name in ("save", "secret"):
            if not self.wait and getattr(self, name):
                text = f"{name} has no effect: nothing comes back of a notice"
                yield self.warning("notice_without_answer", text, name)
        if self.secret and self.wait and self.save is None:
            text = "the answer is kept nowhere: give save the name of a variable, or leave secret out"
            yield self.warning("secret_without_save", text, "secret")


def _known(memory: Memory, name: str) -> Any:
    found = memory.find(name)
    return None if found == "" and name in (CALLER, CALLED, VERSTAT) else found


def _filled(memory: Memory, given: Any) -> Any:
    names = names_in(given) if isinstance(given, str) else ()
    return _known(memory, names[0]) if names and given == f"{{{names[0]}}}" else memory.fill(given)
