"""What a call's record says of its way through the menu: a step for each node that it comes to."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from esl_server.call.call import Call, now_ms
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state import ignored_because, shown_of
from esl_server.switch.keyed import Keypress
from ivr.domain.call_records import Ignored, Outcome, Step, StepResult
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node

log = logging.getLogger(__name__)


def note_question(
    call: Call,
    node: GatherNode,
    position: Position,
    reply: Keypress,
    asked_ms: int,
    played: tuple[str | None, int | None],
    *,
    moved: bool = False,
    heard: str | None = None,
    ended_ms: int | None = None,
) -> None:
    """Add the question to the path. `asked_ms`: when it was to begin; a key may come before. `moved`: an order to
    go to another node ended it. It ended at `ended_ms`, or now."""
    digit = reply.digit
    result: StepResult = "key"
    ignored: Ignored | None = None
    key = value = None
    if moved:
        result = "moved"
    elif digit is None:
        result = "hang_up" if call.leg.hung_up else "no_input"
    else:
        key, target = digit, node.keys.get(digit)
        if target is None:
            key, value = shown_of(node, digit)
            target = node.find_target(digit)
        if call.menu is None or target not in call.menu.tree.nodes:
            result, ignored = "no_match", ignored_because(node, digit)
    if ended_ms is None:
        ended_ms = now_ms()
    at_ms = (asked_ms if asked_ms < ended_ms else ended_ms) - call.state.answered_ms
    if at_ms < 0:
        at_ms = 0
    file, file_ms = played
    step = Step(
        node.id, position.failures + 1, result, key, at_ms, reply.ms, file, file_ms, ignored, value, heard
    )
    call.state.add(step)


def note_lost(call: Call, outcome: Outcome) -> None:
    """Add the question that was under way when the connection was lost to the path."""
    state = call.state
    if state.phase != "asking" or not call.is_announced:
        return
    node = call.menu.tree.nodes.get(state.position.node) if call.menu else None
    now = now_ms()
    if isinstance(node, GatherNode) and now >= state.asked_ms:
        at_ms = call.since_answer_ms(state.asked_ms)
        result: StepResult = "lost" if outcome is Outcome.LOST else "hang_up"
        attempt = state.position.failures + 1
        state.add(Step(node.id, attempt, result, None, at_ms, now - state.asked_ms))


def note_action(call: Call, node: Node, prompt: PlayedSequence | None) -> None:
    """Add the action with its own prompt to the path."""
    at = now_ms() + call.lead.take()[0]
    call.services.live.stands(call.record, node.id, node.live_phase, at)
    played = (prompt.file or None, prompt.duration_ms) if prompt else (None, None)
    step = Step(node.id, 1, "action", None, call.since_answer_ms(at), 0, *played)
    if prompt is not None and prompt.heard is not None:
        note_not_said(call, node, prompt)
        step.heard = prompt.heard
    call.state.add(step)


def note_not_said(call: Call, node: Node, prompt: PlayedSequence) -> None:
    """Add to the path the variables whose sentences this prompt leaves out."""
    for name in prompt.left_out:
        log.warning("%s: the variable %s cannot be said at %s", call.record.call_id, name, node.id)
        call.state.add(Step(node.id, 1, "not_said", name, call.next_at_ms(), 0))


def note(call: Call, node_id: str, result: StepResult, key: str, value: str | None = None) -> None:
    """Add to the path what happened on coming to a node."""
    call.state.add(Step(node_id, 1, result, key, call.next_at_ms(), 0, value=value))


def note_not_set(call: Call, node_id: str, variables: Iterable[str]) -> None:
    """Add to the path the variables that did not fit."""
    for name in variables:
        log.warning("%s: no room for the variable %s at %s", call.record.call_id, name, node_id)
        note(call, node_id, "not_set", name)
