"""What is played before the next question, and what the record says of it."""

from __future__ import annotations

from esl_server.call.call import Call, now_ms
from esl_server.call.notes import note_not_said
from esl_server.call.sequence import PlayedSequence
from ivr.domain.call_records import Step, StepResult
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node

# More than this is not queued before a question but played at once, so that the time in the menu is known.
MAX_LEAD_MS = 120_000


def play_next(call: Call, playback: bytes, duration_ms: int) -> None:
    """Play this right before the next question, in the same write."""
    call.leg.with_next(playback, plays_s=duration_ms / 1000)
    call.lead.ms += duration_ms


def play_step(
    call: Call,
    node: Node,
    result: StepResult,
    prompt: PlayedSequence | None,
    key: str | None = None,
    value: str | None = None,
    standing: Position | None = None,
) -> None:
    """Play a node's prompt before the next question, and add it to the path; None: `pass_step`. What is pending is
    played first where it would be more than MAX_LEAD_MS together. `key` and `value` are those of a node that chooses
    a way. `standing`: the call state stands there from then on, with this step in its path, so that another worker
    plays nothing twice."""
    if prompt is None:
        pass_step(call, node, result, key, value, now_ms())
        return
    duration_ms = prompt.duration_ms
    _keep_lead(call, duration_ms)
    step = Step(
        node.id, 1, result, key, call.next_at_ms(), duration_ms, prompt.file or None, duration_ms, None, value
    )
    if prompt.heard is not None:
        note_not_said(call, node, prompt)
        step.heard = prompt.heard
    call.lead.steps.append(step)
    call.state.add(step)
    if standing is not None:
        call.leg.store_with_next(call.stand(standing, now_ms()))
    if call.story is not None:
        call.story.heard(node.id)
    play_next(call, prompt.playback, duration_ms)


def pass_step(
    call: Call, node: Node, result: StepResult, key: str | None, value: str | None, moment_ms: int
) -> None:
    """Add a node that plays nothing to the path. `moment_ms` is now: epoch milliseconds."""
    lead = call.lead
    if lead.ms > MAX_LEAD_MS:
        _keep_lead(call, 0)
    step = Step(
        node.id, 1, result, key, call.since_answer_ms(moment_ms + lead.ms), 0, None, None, None, value
    )
    lead.steps.append(step)
    call.state.add(step)
    if call.story is not None:
        call.story.heard(node.id)


def _keep_lead(call: Call, more_ms: int) -> None:
    """Play what is pending now where it would be too long with so much more."""
    if call.lead.ms + more_ms > MAX_LEAD_MS:
        call.leg.flush_pending()
        call.lead.take()


def cut_short(call: Call, steps: list[Step], unheard_ms: int) -> None:
    """Correct the record of a caller who hung up before the question: the last `unheard_ms` of these steps were
    not played."""
    while steps[1:] and unheard_ms > steps[-1].ms:
        unheard_ms -= steps[-1].ms
        call.record.path.remove(steps.pop())
    if steps[-1].result not in ("switch", "each") or steps[-1].ms:
        steps[-1].ms = max(0, steps[-1].ms - unheard_ms)
        steps[-1].result = "hang_up"
