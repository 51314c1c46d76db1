"""Keys to the caller's side: behind all that is said before them, and before what follows."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_now, play_step
from esl_server.switch.sent_keys import as_events, as_tones
from ivr.domain.call_records import Step
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.send_digits import SendDigitsNode
from ivr.domain.tickets import NODE_VARIABLE


def send_digits(call: Call, menu: CompiledMenu, position: Position, act: Act[SendDigitsNode]) -> After:
    """What was said before is played first, so that the call is answered and it is known how keys reach the other
    side. A worker lost before the next question leaves the call here: the keys are then sent again. Raises
    CallerHungUp."""
    node = act.node
    call.set_for_phone(NODE_VARIABLE, node.id)
    last = call.record.path[-1] if call.record.path else None
    was_heard = last is not None and last.node == node.id and last.result == "played"
    prompt = None if was_heard else menu.spoken(node.audio, position.memory)
    if prompt is not None:
        play_step(call, node, position, "played", prompt)
    play_now(call, position)
    call.leg.settle_dtmf_type()
    sent = (as_events if call.leg.dtmf_type == "rfc2833" else as_tones)(node.keys)
    call.state.add(Step(node.id, 1, "keys_sent", node.keys, call.next_at_ms(), sent.ms))
    if call.story is not None:
        call.story.tell("keys_sent", node=node.id, keys=node.keys)
    *first, last_command = sent.commands
    for command in first:
        call.leg.with_next(command, plays_s=sent.ms / 1000)
    call.leg.play(last_command)
    return interpreter.step(menu.tree, position, None, call.elapsed_s())
