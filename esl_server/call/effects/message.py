"""A message: its prompt, played in the same write as the next question."""

from __future__ import annotations

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_step
from ivr.domain.menu import interpreter
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.moves import Position
from ivr.domain.tickets import NODE_VARIABLE


def play_message(call: Call, menu: CompiledMenu, position: Position, act: Act[MessageNode]) -> After:
    """A worker lost during the message leaves the call there: the next one plays it from its beginning. A message
    without audio, or whose file is missing, is skipped."""
    call.leg.store_with_next(call.stand(position, now_ms()))
    call.set_for_phone(NODE_VARIABLE, act.node.id)
    prompt = menu.spoken(act.node.audio, position.memory)
    play_step(call, act.node, "played" if prompt else "skipped", prompt)
    return interpreter.step(menu.tree, position, None, call.elapsed_s())
