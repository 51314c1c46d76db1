"""A question: its prompt played, a digit or an entry taken, the step recorded."""

from __future__ import annotations

import logging

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu, Filled
from esl_server.call.effects.effect import After
from esl_server.call.effects.entry import listen, listen_on, take_up
from esl_server.call.notes import note_not_said, note_question
from esl_server.call.playing import cut_by_key, cut_short, play_next, skip_cut
from esl_server.call.state import digit_variable
from esl_server.call.story import Story
from esl_server.switch import commands
from esl_server.switch.commands import Gather, State
from esl_server.switch.keyed import EXTRA_DIGITS, Keypress
from esl_server.switch.leg import SHORT_S
from esl_server.switch.session import is_unset
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
# The channel variable with the key that ended an entry.
_ENDED_BY = "read_terminator_used"


def ask(call: Call, menu: CompiledMenu, position: Position, asking: Ask) -> After:
    """Ask, and continue where the digit, the silence or an order leads. Raises CallerHungUp."""
    node, leg = asking.node, call.leg
    if call.record.test:
        call.set_for_phone(NODE_VARIABLE, node.id)
    if call.story is not None:
        _tell_test(call, call.story, menu, position, asking)
    if asking.after_no_match or asking.after_silence:
        _play_before(call, menu, position, asking)
        if asking.after_silence and node.barge_in:
            # What comes between the end of a wait and the next attempt counts.
            leg.keep_digits()
    if call.late_end_key and call.story is not None:
        leg.with_next(commands.execute("unset", _ENDED_BY))
    gather, filled = menu.gather(node, position.failures, position.memory), None
    if isinstance(gather, Filled):
        gather, filled = gather
        note_not_said(call, node, filled)
    keeps = node.type_ahead == KEEP
    lead = call.lead
    if lead.steps:
        _join_lead(call, node)
    # The time of what is heard before the question does not count as the question's.
    lead_ms, lead_steps = lead.take() if lead.ms or lead.steps else (0, lead.steps)
    asked_ms = now_ms() + lead_ms
    state = call.stand(position, asked_ms)
    sent = None if call.is_announced else call.announce
    asked = gather
    first = None if node.barge_in else filled or menu.played_first(node, gather)
    if first is not None:
        # A worker lost meanwhile leaves the call at the question.
        leg.play_with_next(first.path, first.duration_ms, lambda: state, is_cut=False)
    if call.pressed is not None and first is None:
        reply = take_up(call, node, position, call.pressed)
    else:
        behind = leg.ahead(gather, keeps=keeps) if lead_ms or first is not None else gather
        if keeps:
            leg.keep_digits_ahead()
        if node.is_plain:
            reply = leg.ask(behind, digit_variable(position), state, node.timeout_s, sent)
        else:
            prompt_ms = menu.played(node, gather, position.memory)[1] if filled is None else filled.duration_ms
            reply = listen(call, node, position, state, behind, prompt_ms, sent, 0 if behind is gather else lead_ms)
    call.pressed = None
    # In a test's call nothing takes time, so nothing is heard in part.
    unheard_ms = lead_ms - reply.ms if lead_steps and call.story is None else 0
    if unheard_ms > 0 and leg.hung_up and reply.digit is None:
        cut_short(call, lead_steps, unheard_ms)
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
        if unheard_ms > 0:
            call.lead.ms += leg.play_again()
        leg.keep_digits()
        return interpreter.resume(menu.tree, position, call.elapsed_s())
    if unheard_ms > 0 and reply.digit is not None:
        cut_by_key(call, lead_steps, unheard_ms)
    if reply.digit in _NO_KEYS:
        if reply.digit == orders.KEY:
            ordered = call.find_ordered(leg.find_order(), menu.tree)
        if ordered is None:
            # No key of a menu, pressed by accident or heard in a voice: it costs no attempt, and what follows it
            # counts.
            leg.keep_digits()
            return interpreter.resume(menu.tree, position, call.elapsed_s())
    if filled is not None and gather is asked:
        said = filled.file or None, filled.duration_ms
        return _conclude(call, menu, position, node, reply, said, asked_ms, ordered, filled.heard)
    played = menu.played(node, gather, position.memory)
    return _conclude(call, menu, position, node, reply, played, asked_ms, ordered)


def _tell_test(call: Call, story: Story, menu: CompiledMenu, position: Position, asking: Ask) -> None:
    """What is heard at this question, in words."""
    node = asking.node
    before: Before | None = "no_match" if asking.after_no_match else "no_input" if asking.after_silence else None
    if asking.after_no_match and node.no_match_audio is None and node.no_match_text is None:
        story.heard_system(node.id, call.prompts.words["invalid"])
    if not story.heard(node.id, position.failures + 1, before):
        file, words = menu.heard(node, position.memory)
        story.heard_system(node.id, words if file is not None else None)


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
    took less than its time; in a test's call nothing takes time, and the switch is asked."""
    late, call.late_end_key = call.late_end_key, ""
    if reply.digit is None:
        if call.leg.hung_up or node.entries.end_key != late:
            return False
        return _was_ended(call) if call.story is not None else reply.ms < node.timeout_s * 1000
    return reply.digit == late and node.find_target(late) is None


def _was_ended(call: Call) -> bool:
    """Whether a key ended the last entry, since that was unset."""
    ended_by = call.leg.session.request(commands.getvar(_ENDED_BY), 1, SHORT_S, "getvar")[0]
    return not is_unset(ended_by)


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
    moved, ended_ms = ordered is not None, now_ms()
    note_question(call, node, position, reply, asked_ms, played, moved=moved, heard=heard, ended_ms=ended_ms)
    if reply.digit is None and call.leg.hung_up:
        raise CallerHungUp
    if ordered is not None:
        return obey_order(call, menu, position, ordered)
    if not node.is_plain and reply.digit is not None and node.entries.is_final(reply.digit):
        call.late_end_key = node.entries.end_key
    tree = menu.tree
    return interpreter.follow(
        tree, position, node.step(reply.digit, position, tree.nodes), call.elapsed_s(ended_ms)
    )


def _play_before(call: Call, menu: CompiledMenu, position: Position, asking: Ask) -> None:
    """What is said about the failure before the question is asked again."""
    audio = asking.node.no_match_audio if asking.after_no_match else asking.node.no_input_audio
    prompt = menu.spoken(audio, position.memory)
    if prompt is not None:
        note_not_said(call, asking.node, prompt)
        # After silence a key counts even while this is played.
        playback = prompt.uncut_playback if asking.after_silence else prompt.playback
        play_next(call, playback, prompt.duration_ms)
    elif asking.after_no_match and asking.node.says_no_match:
        play_next(call, call.prompts.invalid, call.prompts.invalid_ms)


def _join_lead(call: Call, node: GatherNode) -> None:
    """Set the record's times of what is heard before the question: as one with its prompt, unless that is played to
    its end, or nothing of it is heard after a key."""
    if call.pressed is not None:
        skip_cut(call)
    if node.barge_in and call.lead.join():
        call.state.revise(call.lead.steps[0])


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
        if menu.is_still_there(node, gather, position.memory) or call.leg.has_listened():
            break
        log.warning("%s: the prompt of %s could not be opened", call.record.call_id, node.id)
        gather = instead(node, position.memory)
        reply = listen(call, node, position, state, gather, None)
        if reply.digit is not None or call.leg.hung_up:
            break
    return gather, reply
