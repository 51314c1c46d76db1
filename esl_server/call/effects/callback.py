"""A call-back: in the journal before the caller hears that they will be called."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_step
from ivr.domain.call_records import Step, utc_now
from ivr.domain.callbacks import CallbackRequest, id_of_call
from ivr.domain.menu import interpreter
from ivr.domain.menu.callback import KEPT, NO_NUMBER, CallbackNode
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.numbers import parse_keyed
from ivr.domain.tickets import NODE_VARIABLE


def ask_for_call(call: Call, menu: CompiledMenu, position: Position, act: Act[CallbackNode]) -> After:
    """A worker that comes here again, because the one before it was lost in the prompt, keeps no second one. A test
    call keeps none."""
    node, record = act.node, call.record
    last = record.path[-1] if record.path else None
    if last is not None and last.node == node.id and last.result == "callback":
        is_kept = last.key is not None
    else:
        text, reason, wanted = node.filled(position.memory)
        number = parse_keyed(text, call.services.region)
        is_kept = number is not None
        asked = sum(step.node == node.id and step.result == "callback" for step in record.path)
        call.state.add(Step(node.id, 1, "callback", number, call.next_at_ms(), 0, value=reason or None))
        if number is not None and call.story is not None:
            call.story.tell("callback", number=number, reason=reason, wanted=wanted)
        if number is not None and not record.test:
            call.services.recorder.callback(
                CallbackRequest(
                    id_of_call(record.call_id, f"{node.id}.{asked}"),
                    *(number, reason, wanted, utc_now(), record.call_id, record.ivr_id or "", node.id),
                )
            )
    if is_kept and (prompt := menu.spoken(node.audio, position.memory)) is not None:
        call.set_for_phone(NODE_VARIABLE, node.id)
        play_step(call, node, position, "played", prompt)
    return interpreter.step(menu.tree, position, KEPT if is_kept else NO_NUMBER, call.elapsed_s())
