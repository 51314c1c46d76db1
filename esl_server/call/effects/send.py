"""A message left for a channel; the call goes on without a word to FreeSWITCH."""

from __future__ import annotations

import logging

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from ivr.domain.call_records import Step
from ivr.domain.channels.names import find_reference
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.recipients import find_destination
from ivr.domain.menu.send import LEFT, NOT_LEFT, SendNode
from ivr.domain.tickets import is_draft

log = logging.getLogger(__name__)

# What the record says of a message that nobody can get.
_NO_RECIPIENT = "no_recipient"


def send(call: Call, menu: CompiledMenu, position: Position, act: Act[SendNode]) -> After:
    """Leave the message and go on. Only the state of a later node says that it was left: a worker lost before leaves
    it again under the same id, and it is sent once. A draft that is called to try it leaves none: it is not live."""
    node, memory, call_id = act.node, position.memory, call.record.call_id
    found = find_destination(node.to, memory, call.services.region)
    if found is None:
        log.warning("%s: the message of node %s goes to nobody", call_id, node.id)
        channel, value = find_reference(node.to) or node.to.partition(":")[0], _NO_RECIPIENT
    else:
        channel = found.channel
        message = node.message_of(found, memory, menu.tree.name, masked=call.story is not None)
        is_rehearsed = is_draft(call.record.ivr_id) and call.story is None
        is_left = is_rehearsed or call.find_services().send(channel, message, call_id, _place_of(call, node))
        value = LEFT if is_left else NOT_LEFT
    call.state.add(Step(node.id, 1, "sent", channel, call.next_at_ms(), 0, value=value))
    return interpreter.step(menu.tree, position, LEFT if value == LEFT else NOT_LEFT, call.elapsed_s())


def _place_of(call: Call, node: SendNode) -> str:
    """The node, and how many of its messages the call has left: the same for a worker that comes here again because
    the one before it was lost before the call state told of the message."""
    left = sum(step.node == node.id and step.result == "sent" for step in call.record.path)
    return f"{node.id}.{left}"
