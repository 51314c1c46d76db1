"""A question: its prompt played, a digit or an entry taken, the step recorded."""

from __future__ import annotations

import logging

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu, Filled
from esl_server.call.effects.effect import After
from esl_server.call.effects.entry import listen, listen_on
from esl_server.call.notes import note_not_said, note_question
from esl_server.call.playing import cut_short, play_next
from esl_server.call.sequence import PlayedSequence
from esl_server.call.state import digit_variable
from esl_server.switch import commands
from esl_server.switch.commands import Gather, State
from esl_server.switch.keyed import EXTRA_DIGITS, Keypress
from ivr.domain import orders
from ivr.domain.errors import CallerHungUp
from ivr.domain.menu import interpreter
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.gather_fields import KEEP
from ivr.domain.menu.heard import Before
from ivr.domain.menu.interpreter import Ask
from ivr.domain.menu.moves import Position
from ivr.domain.tickets import NODE_VARIABLE

log = logging.getLogger(__name__)

_NO_KEYS = frozenset(EXTRA_DIGITS)


def ask(call: Call, menu: CompiledMenu, position: Position, asking: Ask) -> After:
    """Ask, and continue where the digit, the silence or an order leads. Raises CallerHungUp."""
    node, leg = asking.node, call.leg
    call.set_for_phone(NODE_VARIABLE, node.id)
    if call.story is not None:
        before: Before | None = "no_match" if asking.after_no_match else "no_input" if asking.after_silence else None
        call.story.heard(node.id, position.failures + 1, before)
    if asking.after_no_match or asking.after_silence:
        _play_before(call, menu, position, asking)
        if asking.after_silence and node.barge_in:
            # What comes between the end of a wait and the next attempt counts.
            leg.keep_digits()
    gather, filled = menu.gather(node, position.failures, position.memory), None
    if isinstance(gather, Filled):
        gather, filled = gather
        note_not_said(call, node, filled)
    # The time of what is heard before the question does not count as the question's.
    lead_ms, lead_steps = call.lead.take()
    asked_ms = now_ms() + lead_ms
    state = call.stand(position, asked_ms)
    sent = None if call.is_announced else call.announce
    asked = gather
    if node.is_plain:
        reply = leg.ask(gather, digit_variable(position), state, node.timeout_s, sent)
    else:
        first = filled or menu.played_first(node, gather)
        if first is not None and not node.barge_in:
            _play_first(call, node, first, state)
        if node.type_ahead == KEEP:
            leg.keep_digits_ahead()
        prompt_ms = menu.played(node, gather)[1] if filled is None else filled.duration_ms
        reply = listen(call, node, position, state, gather, prompt_ms, sent)
    # In a test's call nothing takes time, so nothing is heard in part.
    if lead_steps and leg.hung_up and call.story is None and reply.digit is None and reply.ms < lead_ms:
        cut_short(call, lead_steps, lead_ms - reply.ms)
        raise CallerHungUp
    if lead_ms:
        reply = Keypress(reply.digit, max(0, reply.ms - lead_ms))
    if reply.digit is None and not leg.hung_up:
        gather, reply = _ask_without_prompt(call, menu, position, node, state, gather, reply)
        if reply.digit is None and not leg.hung_up:
            held_s = leg.wait_out_hold()
            if held_s is not None and not leg.hung_up:
                call.state.away_ms += round(held_s * 1000)
                return interpreter.resume(menu.tree, position, call.elapsed_s())
    ordered = None
    if call.late_end_key and _is_late_end_key(call, node, reply):
        leg.keep_digits()
        return interpreter.resume(menu.tree, position, call.elapsed_s())
    if reply.digit in _NO_KEYS:
        if reply.digit == orders.KEY:
            ordered = call.find_ordered(leg.find_order(), menu.tree)
        if ordered is None:
            # No key of a menu, pressed by accident or heard in a voice: it costs no attempt, and what follows it
            # counts.
            leg.keep_digits()
            return interpreter.resume(menu.tree, position, call.elapsed_s())
    if filled is not None and gather is asked:
        played = filled.file or None, filled.duration_ms
        return _conclude(call, menu, position, node, reply, played, asked_ms, ordered, filled.heard)
    return _conclude(call, menu, position, node, reply, menu.played(node, gather), asked_ms, ordered)


def continue_entry(call: Call, menu: CompiledMenu, position: Position, node: GatherNode, digits: str) -> After:
    """After a takeover in the middle of an entry, of which these digits are known. Raises CallerHungUp."""
    asked_ms = call.state.asked_ms
    reply = listen_on(call, node, position, digits, max(0, now_ms() - asked_ms))
    ordered = call.find_ordered(call.leg.find_order(), menu.tree) if reply.digit == orders.KEY else None
    if reply.digit in _NO_KEYS and ordered is None:
        return interpreter.resume(menu.tree, position, call.elapsed_s())
    played = menu.played(node, None, position.memory)
    return _conclude(call, menu, position, node, reply, played, asked_ms, ordered)


def _is_late_end_key(call: Call, node: GatherNode, reply: Keypress) -> bool:
    """Whether this is the key that callers were told to press behind their entry, which was full before and did not
    wait for it. It costs no attempt. An entry that such a key ends before its first digit reads as silence, which
    took less than its time."""
    late, call.late_end_key = call.late_end_key, ""
    if reply.digit is None:
        ended = not call.leg.hung_up and node.entries.end_key == late and reply.ms < node.timeout_s * 1000
        return ended and call.story is None
    return reply.digit == late and node.find_target(late) is None


def _conclude(
    call: Call,
    menu: CompiledMenu,
    position: Position,
    node: GatherNode,
    reply: Keypress,
    played: tuple[str | None, int | None],
    asked_ms: int,
    ordered: str | None,
    heard: str | None = None,
) -> After:
    """Record the question, and continue where the reply or the order leads."""
    if node.entry_s is not None:
        call.leg.stop_clock()
    note_question(call, node, position, reply, asked_ms, played, moved=ordered is not None, heard=heard)
    if reply.digit is None and call.leg.hung_up:
        raise CallerHungUp
    if ordered is not None:
        return obey_order(call, menu, position, ordered)
    if not node.is_plain and reply.digit is not None and node.entries.is_final(reply.digit):
        call.late_end_key = node.entries.end_key
    return interpreter.step(menu.tree, position, reply.digit, call.elapsed_s())


def _play_before(call: Call, menu: CompiledMenu, position: Position, asking: Ask) -> None:
    """What is said about the failure before the question is asked again."""
    audio = asking.node.no_match_audio if asking.after_no_match else asking.node.no_input_audio
    prompt = menu.spoken(audio, position.memory)
    if prompt is not None:
        note_not_said(call, asking.node, prompt)
        # After silence a key counts even while this is played.
        playback = prompt.uncut_playback if asking.after_silence else prompt.playback
        play_next(call, playback, prompt.duration_ms)
    elif asking.after_no_match:
        play_next(call, call.services.prompts.invalid, call.services.prompts.invalid_ms)


def _play_first(call: Call, node: GatherNode, prompt: PlayedSequence, state: State) -> None:
    """Play the prompt to its end, in the same write as the question, which then only listens. A worker lost meanwhile
    leaves the call at the question."""
    call.leg.store_with_next(state)
    call.leg.with_next(prompt.uncut_playback, plays_s=prompt.duration_ms / 1000)
    if node.type_ahead != KEEP:
        call.leg.with_next(commands.FLUSH_DIGITS)


def obey_order(call: Call, menu: CompiledMenu, position: Position, target: str) -> After:
    """Go to the node that the call was sent to."""
    log.warning("%s: sent from %s to %s", call.record.call_id, position.node, target)
    call.forget_order()
    return interpreter.go_to(menu.tree, position, target, call.elapsed_s())


def _ask_without_prompt(
    call: Call,
    menu: CompiledMenu,
    position: Position,
    node: GatherNode,
    state: State,
    gather: Gather,
    reply: Keypress,
) -> tuple[Gather, Keypress]:
    """Where FreeSWITCH could not open the prompt and so did not listen: the question with its digits read out, then
    with two tones. The file may vanish between the check and its turn, which comes after the silence of the
    answering."""
    for instead in (menu.digits_read_out, menu.tones):
        if menu.is_still_there(node, gather) or call.leg.has_listened():
            break
        log.warning("%s: the prompt of %s could not be opened", call.record.call_id, node.id)
        gather = instead(node)
        reply = listen(call, node, position, state, gather, None)
        if reply.digit is not None or call.leg.hung_up:
            break
    return gather, reply
