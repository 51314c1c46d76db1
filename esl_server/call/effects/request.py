"""A request: a service asked while the caller hears the node's own prompt; a notice left on the way."""

from __future__ import annotations

import logging

import gevent

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.notes import note_not_set
from esl_server.call.playing import play_step
from ivr.domain.call_records import Step
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act, Ask
from ivr.domain.menu.moves import Position
from ivr.domain.menu.request import DONE, FAILED, RequestNode
from ivr.domain.services import ServiceAnswer
from ivr.domain.tickets import NODE_VARIABLE, is_draft

log = logging.getLogger(__name__)

# An answer within this time comes at once: the caller hears nothing of the request.
_QUIET_S = 0.3
# A service has a limit of its own below this.
_LONGEST_S = 15.0
# What the record says of a notice.
_LEFT, _NOT_LEFT = "left", "not_left"


def request(call: Call, menu: CompiledMenu, position: Position, act: Act[RequestNode]) -> After:
    """Raises CallerHungUp."""
    if act.node.wait:
        return _ask(call, menu, position, act.node)
    return _notify(call, menu, position, act.node)


def _ask(call: Call, menu: CompiledMenu, position: Position, node: RequestNode) -> After:
    """Ask and wait. Where the answer does not come at once, whatever is pending is played meanwhile, the node's own
    prompt behind it, in one write that has the call state, too: a worker lost then leaves the call at this node, and
    the next one asks again without a word that was heard before."""
    began_ms = now_ms()
    sent, call_id = node.sent(position.memory), call.record.call_id
    asking = gevent.spawn(call.find_services().ask, node.service, sent, call_id)
    try:
        asking.join(_QUIET_S)
        if not _came_at_once(asking.value):
            _fill_time(call, menu, position, node)
            asking.join(_LONGEST_S)
        answer = asking.value
    finally:
        asking.kill(block=False)
    if answer is None:
        log.error("%s: the request of %s came to no end of its own", call_id, node.service)
        answer = ServiceAnswer(now_ms() - began_ms, failure="timeout")
    value = answer.failure or str(answer.status or "")
    _note(call, node, value, answer.ms)
    if answer.failure is None:
        memory, not_kept = node.keep(position.memory, answer.body)
        note_not_set(call, node.id, not_kept)
        position = position._replace(memory=memory)
    result = DONE if answer.failure is None else FAILED
    following = interpreter.step(menu.tree, position, result, call.elapsed_s())
    if call.leg.hung_up and isinstance(following[1], Ask):
        raise CallerHungUp
    return following


def _came_at_once(answer: ServiceAnswer | None) -> bool:
    """Those of a test come at once and say how long they would have taken."""
    return answer is not None and answer.ms <= _QUIET_S * 1000


def _fill_time(call: Call, menu: CompiledMenu, position: Position, node: RequestNode) -> None:
    last = call.record.path[-1] if call.record.path else None
    was_heard = last is not None and last.node == node.id and last.result == "played"
    prompt = None if was_heard else menu.spoken(node.audio, position.memory)
    call.set_for_phone(NODE_VARIABLE, node.id)
    if prompt is None:
        call.ring()
        call.leg.store_with_next(call.stand(position, now_ms()))
    else:
        play_step(call, node, "played", prompt, standing=position)
    call.leg.flush_pending()
    call.lead.take()
    if not call.is_announced:
        call.announce()


def _notify(call: Call, menu: CompiledMenu, position: Position, node: RequestNode) -> After:
    """Leave the notice and go on. With a prompt the call state stands here, with the notice in its path, so that
    another worker, which plays the prompt again, does not leave it again. A draft that is called to try it leaves
    none: it is not live."""
    last = call.record.path[-1] if call.record.path else None
    if last is not None and last.node == node.id and last.result == "request":
        is_left = last.value == _LEFT
    else:
        is_rehearsed = is_draft(call.record.ivr_id) and call.story is None
        sent, place = node.sent(position.memory), _place_of(call, node)
        is_left = is_rehearsed or call.find_services().notify(node.service, sent, call.record.call_id, place)
        _note(call, node, _LEFT if is_left else _NOT_LEFT, 0)
    prompt = menu.spoken(node.audio, position.memory)
    if prompt is not None:
        call.set_for_phone(NODE_VARIABLE, node.id)
        call.leg.store_with_next(call.stand(position, now_ms()))
        play_step(call, node, "played", prompt)
    return interpreter.step(menu.tree, position, DONE if is_left else FAILED, call.elapsed_s())


def _place_of(call: Call, node: RequestNode) -> str:
    """The node, and how many of its notices the call has left: the same for a worker that comes here again because
    the one before it was lost before the call state told of the notice."""
    left = sum(step.node == node.id and step.result == "request" for step in call.record.path)
    return f"{node.id}.{left}"


def _note(call: Call, node: RequestNode, value: str, ms: int) -> None:
    at_ms = max(0, call.next_at_ms() - ms)
    call.state.add(Step(node.id, 1, "request", node.service, at_ms, ms, value=value))
