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
    node, memory, moment_ms = act.node, position.memory, now_ms()
    call.leg.store_with_next(call.stand(position, moment_ms))
    call.set_for_phone(NODE_VARIABLE, node.id)
    prompt = menu.spoken(node.audio, memory)
    play_step(call, node, "played" if prompt else "skipped", prompt)
    move = node.step(None, position, menu.tree.nodes)
    return interpreter.follow(menu.tree, position, move, call.elapsed_s(moment_ms))
