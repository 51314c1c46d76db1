"""A refusal, or the end of a call that is answered already."""

from __future__ import annotations

from collections.abc import Mapping

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.effects.hangup import end
from esl_server.call.notes import note_action
from esl_server.call.refusal import refuse
from ivr.domain.call_records import Outcome
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.reject import Reason, RejectNode

_STATUSES: Mapping[Reason, int] = {"declined": 603, "busy": 486, "unavailable": 480, "not_found": 404}


def reject(call: Call, menu: CompiledMenu, position: Position, act: Act[RejectNode]) -> After:
    """Raises CallerHungUp."""
    if not call.rings:
        return end(call, menu, position, act.node)
    note_action(call, act.node, menu.own_audio(act.node, position.memory))
    return refuse(call, _STATUSES[act.node.reason], Outcome.REJECTED)
