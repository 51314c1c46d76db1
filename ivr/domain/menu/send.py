"""A message: mail, a text message or words in a chat, left for a channel while the call goes on at once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import ClassVar

from ivr.domain.channels.message import AttachedSound, Message
from ivr.domain.channels.names import find_reference
from ivr.domain.live_calls import LivePhase
from ivr.domain.menu.fields import Field, TargetField
from ivr.domain.menu.moves import GoTo, Move, NoWayOn, Position
from ivr.domain.menu.node import ApiSchema, Mark, Node, Surroundings, Use
from ivr.domain.menu.recipients import TO, TO_RULE, Destination
from ivr.domain.menu.send_fields import DestinationField, MessageField, VariablesField
from ivr.domain.menu.templates import brace_faults, variables_in
from ivr.domain.menu.variables import KNOWN, Memory, names_in, text_of
from ivr.domain.menu.written import written
from ivr.domain.problems import Problem

# The results of a message.
LEFT, NOT_LEFT = "left", "not_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNode(Node):
    """`message` is the field `text`: nothing of it is heard. `attach` names variables that hold sounds."""

    kind: ClassVar[str] = "send"
    mark: ClassVar[Mark] = Mark("action", "send")
    api: ClassVar[ApiSchema] = ApiSchema(
        "SendNode",
        "A message sent",
        "Sends mail, a text message or words to a chat by a channel. It waits in the outbox, and the call goes on.",
    )
    label: ClassVar[str] = "Send"
    new_id: ClassVar[str] = "send"
    live_phase: ClassVar[LivePhase] = "asking"
    is_step: ClassVar[bool] = True
    waits: ClassVar[bool] = False
    leaves_unanswered: ClassVar[bool] = True
    needs_no_caller: ClassVar[bool] = True
    prompt_fields: ClassVar[tuple[Field, ...]] = ()
    own_fields: ClassVar[tuple[Field, ...]] = (
        DestinationField(
            name="to",
            label="To",
            hint="mail:office, chat:sales, sms:{caller}",
            if_absent="Choose a channel",
            pattern=TO,
            code="invalid_to",
            rule=TO_RULE,
            description="By which channel it goes, and to whom: `mail:NAME` and `chat:NAME` go where that channel "
            "sends, `sms:NAME` to the caller. `sms:{variable}` goes to the variable's number by the channel called "
            "`sms`; `sms:NAME:{variable}` by another one, and `mail:NAME:{variable}` to the variable's address.",
            required=True,
        ),
        MessageField(
            name="text",
            label="Text",
            hint="Your link: https://example.com/{order}",
            if_absent="Nothing but what is attached",
            description="What is sent, with variables as in texts that are spoken; unset ones are empty.",
        ),
        VariablesField(
            name="attach",
            label="Attached sounds",
            hint="Variables of recordings, such as message. By mail alone.",
            if_absent="None",
            description="Variables that hold recordings. Mail has them attached; others are sent without.",
        ),
        TargetField(
            name="next",
            label="Then",
            way_out="then",
            if_missing="after the message callers hear a goodbye and the call ends",
            description="Where the call continues once the outbox has the message.",
            required=True,
        ),
        TargetField(
            name="fail_node",
            label="If it cannot be left",
            more=True,
            if_absent="The call goes on as if it were sent",
            way_out="fails",
            if_missing="without a message callers hear a goodbye and the call ends",
            description="Where the call continues when there is nobody to send it to, such as a caller without a "
            "number, or nothing could take it.",
        ),
    )

    to: str
    next: str
    message: str | None = None
    attach: tuple[str, ...] | list[str] = ()
    fail_node: str | None = None

    def message_of(self, destination: Destination, memory: Memory, menu: str, *, masked: bool = False) -> Message:
        """What is sent by a call that knows this much; `masked`: without the values of secrets."""
        sounds = ((name, text_of(memory.find(name))) for name in self.attach)
        return Message(
            written(self.message or "", memory, masked=masked),
            destination.to,
            tuple(AttachedSound(name, sound) for name, sound in sounds if sound),
            menu,
            memory.caller,
            memory.called,
        )

    def step(self, result: str | None, position: Position, nodes: Container[str]) -> Move:
        """`result` is LEFT or NOT_LEFT; without a `fail_node` the call goes on whatever came of it."""
        target = self.next if result == LEFT or self.fail_node is None else self.fail_node
        return GoTo(target) if target in nodes else NoWayOn()

    def uses(self) -> Iterator[Use]:
        yield from Node.uses(self)
        own = {*KNOWN, *(self.set or ())}
        for name in names_in(self.to):
            if name not in own:
                yield Use(name, ("to",))
        for name in variables_in(self.message or ""):
            if name not in own:
                yield Use(name, ("text",))
        for at, name in enumerate(self.attach):
            if name not in own:
                yield Use(name, ("attach", str(at)))

    def lint(self, around: Surroundings) -> Iterator[Problem]:
        named = find_reference(self.to)
        if named is not None and around.channels is not None and named not in around.channels:
            kind, _, name = named.partition(":")
            text = f"there is no channel {name} for {_WORDS[kind]}: nothing is sent by it until there is"
            yield self.warning("channel_not_found", text, "to")
        if self.message is None and not self.attach:
            text = "there is nothing to send: give a text, or attach a recording"
            yield self.warning("nothing_to_send", text, "text")
        if self.attach and not self.to.startswith("mail:"):
            text = "recordings are attached to mail alone: this message goes without them"
            yield self.warning("attach_without_mail", text, "attach")
        for fault in brace_faults(self.message or ""):
            yield self.warning(fault.code, fault.message, "text")


_WORDS = {"mail": "mail", "sms": "text messages", "chat": "a chat"}
