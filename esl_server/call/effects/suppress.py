"""An opt-out: on disk first; only then does the caller hear anything more."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.effects.keyed_number import Keyed, NumberAsked
from esl_server.call.notes import note_action
from esl_server.call.opt_out import opt_out_of
from ivr.domain.call_records import BETWEEN_QUESTIONS, Outcome
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.menu.suppress import SuppressNode


def opt_out(call: Call, menu: CompiledMenu, position: Position, act: Act[SuppressNode]) -> After:
    """Raises CallerHungUp."""
    call.enter_action(position)
    record, node = call.record, act.node
    pressed = next((step for step in reversed(record.path) if step.result not in BETWEEN_QUESTIONS), None)
    question = menu.tree.nodes.get(pressed.node) if pressed else None
    heard = menu.heard(question, position.memory) if isinstance(question, GatherNode) else (None, None)
    event = opt_out_of(
        record,
        "ani",
        pressed.node if pressed else node.id,
        pressed.pressed if pressed else None,
        pressed.ms if pressed else None,
        heard,
    )
    note_action(call, node, menu.own_audio(node, position.memory))
    failed = call.record_opt_out(event)
    if failed is not None:
        return failed
    record.outcome = Outcome.OPTED_OUT
    keyed = None
    if record.ani is None:
        asked = NumberAsked(call, menu.paths, position.memory.language)
        keyed = asked.ask(position) if asked.can_be_asked() else None
    return _confirm(call, menu, node, position, keyed)


def continue_keyed_number(call: Call, menu: CompiledMenu, node: SuppressNode, reply: str | None) -> Outcome:
    """After a takeover: the opt-out is on disk, and the caller's number was being asked; `reply` is what they keyed
    meanwhile. Raises CallerHungUp."""
    call.record.outcome = Outcome.OPTED_OUT
    position = call.state.position
    asked = NumberAsked(call, menu.paths, position.memory.language)
    return _confirm(call, menu, node, position, asked.continue_with(reply) if asked.can_be_asked() else None)


def _confirm(
    call: Call, menu: CompiledMenu, node: SuppressNode, position: Position, keyed: Keyed | None
) -> Outcome:
    """Record the number keyed by a caller without one, and tell them that they have opted out; without any number
    they hear that nothing could be removed, not the node's own audio."""
    failed = call.record_opt_out(keyed.event(call.record, node.id)) if keyed is not None else None
    if failed is not None:
        return failed
    if call.record.ani is None and keyed is None:
        call.say("number_unknown")
    elif (own := menu.ending(node, position.memory)) is not None:
        call.leg.play(own)
    else:
        call.say("opted_out", is_told=node.text is None)
    return Outcome.OPTED_OUT
