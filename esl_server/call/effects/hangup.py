"""A hang-up: its prompt, then the end."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from ivr.domain.call_records import Outcome
from ivr.domain.menu.hangup import HangupNode
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position


def hang_up(call: Call, menu: CompiledMenu, position: Position, act: Act[HangupNode]) -> After:
    """Raises CallerHungUp."""
    call.enter_action(position)
    call.note_action(act.node)
    call.record.outcome = Outcome.HUNG_UP
    own_audio = menu.ending(act.node)
    if own_audio is not None:
        call.leg.play(own_audio)
    return Outcome.HUNG_UP
