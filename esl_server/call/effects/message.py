"""A message: its prompt, played in the same write as the next question, whose key cuts it."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.call_recording import announce_recording, is_recorded
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.playing import play_step
from ivr.domain.call_records import StepResult
from ivr.domain.menu import interpreter
from ivr.domain.menu.gather_fields import KEEP
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.message import MessageNode
from ivr.domain.menu.moves import Position
from ivr.domain.tickets import NODE_VARIABLE


def play_message(call: Call, menu: CompiledMenu, position: Position, act: Act[MessageNode]) -> After:
    """A message without audio, or whose file is missing, is skipped. FreeSWITCH goes on to the question when the
    worker is lost meanwhile, so the call state then stands there already."""
    node = act.node
    call.set_for_phone(NODE_VARIABLE, node.id)
    prompt = menu.spoken(node.audio, position.memory)
    if node.record_call and not is_recorded(call, node.id):
        if call.story is not None:
            call.story.heard(node.id)
        announce_recording(call, position, prompt)
        return interpreter.step(menu.tree, position, None, call.elapsed_s())
    result: StepResult = "played" if prompt else "skipped"
    play_step(call, node, position, result, prompt, is_cut=node.barge_in, keeps=node.type_ahead == KEEP)
    return interpreter.step(menu.tree, position, None, call.elapsed_s())
