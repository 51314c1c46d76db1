"""What is played before the next question, and what the record says of it.

A key cuts all that is played before a question, and answers it: FreeSWITCH plays both as one (esl_server.switch.
pending). What has to be played before the question is known ends with a key, too; that key is kept here
(`Call.pressed`) and begins the reply to the question. Before an action nothing is cut: no question takes the key.
"""

from __future__ import annotations

import time

from esl_server.call.call import Call, Pressed, now_ms
from esl_server.call.lead import Lead
from esl_server.call.notes import note_not_said
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state import digit_variable
from ivr.domain.call_records import Step, StepResult
from ivr.domain.menu.moves import Position
from ivr.domain.menu.node import Node

# More than this is not queued before a question but played at once, so that the time in the menu is known.
MAX_LEAD_MS = 120_000
# FreeSWITCH plays at most 128 files as one.
MAX_LEAD_PIECES = 96


def play_next(call: Call, playback: bytes, duration_ms: int) -> None:
    """Play this right before the next question, in the same write."""
    call.leg.with_next(playback, plays_s=duration_ms / 1000)
    call.lead.ms += duration_ms


def play_step(
    call: Call,
    node: Node,
    position: Position,
    result: StepResult,
    prompt: PlayedSequence | None,
    key: str | None = None,
    value: str | None = None,
    *,
    is_cut: bool = True,
    keeps: bool = False,
) -> None:
    """Play a node's prompt before the next question, and add it to the path; None: only add it. What is pending
    is played first where it would be more than MAX_LEAD_MS together. `key` and `value` are those of a node that
    chooses a way. `is_cut`: a key may cut it; `keeps`: even one pressed before."""
    lead, pieces, duration_ms, file, length_ms = call.lead, 0, 0, None, None
    if prompt is not None:
        pieces, duration_ms, file = prompt.pieces, prompt.duration_ms, prompt.file or None
        length_ms = duration_ms
    if is_full(lead, duration_ms, pieces):
        play_now(call, position)
    moment_ms = now_ms()
    state = call.will_stand(position, moment_ms) if prompt is not None else None
    at_ms = call.next_at_ms(moment_ms)
    step = Step(node.id, 1, result, key, at_ms, duration_ms, file, length_ms, None, value)
    if prompt is not None and prompt.heard is not None:
        note_not_said(call, node, prompt)
        step.heard = prompt.heard
    call.state.add(step)
    if call.story is not None:
        call.story.heard(node.id)
    if prompt is None or state is None:
        lead.steps.append(step)
    else:
        lead.add(step, pieces, is_cut=is_cut)
        call.leg.play_with_next(prompt.path, prompt.duration_ms, state, is_cut=is_cut, keeps=keeps)


def is_full(lead: Lead, ms: int = 0, pieces: int = 0) -> bool:
    """Whether what is pending is to be played before so much more of it."""
    return lead.ms + ms > MAX_LEAD_MS or lead.pieces + pieces > MAX_LEAD_PIECES


def pass_silently(call: Call, steps: list[Step]) -> None:
    """Add switches that play nothing, all passed at one moment, to the path."""
    call.state.add_at_once(steps)
    call.lead.steps += steps


def play_now(call: Call, position: Position) -> None:
    """Play what is pending, where it is not known yet what follows. The call state stands at `position` from then on,
    with what was played in its path, so that another worker plays nothing twice; a key that is pressed meanwhile is
    kept for the next question, by this worker or by another."""
    skip_cut(call)
    if call.lead.join():
        call.state.revise(call.lead.steps[0])
    state, variable = call.stand(position, now_ms()), digit_variable(position)
    began = time.monotonic()
    digit = call.leg.play_until_key(variable, state)
    heard_ms = round((time.monotonic() - began) * 1000)
    lead_ms, steps = call.lead.take()
    if digit is not None:
        call.pressed = Pressed(digit, variable)
        if steps and call.story is None:
            cut_by_key(call, steps, lead_ms - heard_ms)
    if not call.is_announced:
        call.announce()


def skip_cut(call: Call) -> None:
    """After a key that counts for the next question nothing is played that a key may cut. Without such a key: nothing
    is skipped. A prompt that no key cuts is still played, and then no key counts that came before it."""
    if call.pressed is None:
        return
    if call.leg.skip_pending():
        call.pressed = None
    call.lead.skip()
    if call.lead.steps:
        call.state.revise(call.lead.steps[0])


def cut_by_key(call: Call, steps: list[Step], unheard_ms: int) -> None:
    """Correct the record of a caller who cut these steps with a key: the last `unheard_ms` of them were not
    played."""
    unheard_ms = max(0, unheard_ms)
    ends_ms = max(0, steps[-1].at_ms + steps[-1].ms - unheard_ms)
    for step in reversed(steps):
        if step.ms:
            heard_ms = max(0, step.ms - unheard_ms)
            unheard_ms -= step.ms - heard_ms
            step.ms = heard_ms
        if step.at_ms > ends_ms:
            step.at_ms = ends_ms
    call.state.revise(steps[0])


def cut_short(call: Call, steps: list[Step], unheard_ms: int) -> None:
    """Correct the record of a caller who hung up before the question: the last `unheard_ms` of these steps were
    not played."""
    while steps[1:] and unheard_ms > steps[-1].ms:
        unheard_ms -= steps[-1].ms
        call.record.path.remove(steps.pop())
    if steps[-1].result not in ("switch", "each") or steps[-1].ms:
        steps[-1].ms = max(0, steps[-1].ms - unheard_ms)
        steps[-1].result = "hang_up"
    call.state.revise(steps[0])
