"""A hang-up: its prompt, then the end."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.notes import note_action
from ivr.domain.call_records import Outcome
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node


def hang_up(call: Call, menu: CompiledMenu, position: Position, act: Act[HangupNode]) -> After:
    """Raises CallerHungUp."""
    return end(call, menu, position, act.node)


def end(call: Call, menu: CompiledMenu, position: Position, node: Node) -> Outcome:
    """End an answered call at this node. Raises CallerHungUp."""
    call.enter_action(position)
    own_audio = menu.own_audio(node, position.memory)
    note_action(call, node, own_audio)
    call.record.outcome = Outcome.HUNG_UP
    if own_audio is not None:
        call.leg.play(own_audio.playback)
    return Outcome.HUNG_UP
