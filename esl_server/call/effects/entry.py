"""What is keyed at a question: one digit, or an entry of several, collected by FreeSWITCH itself.

An entry is collected in stages: as many digits at once as no entry can be complete before, so that nothing is waited
for behind one that cannot grow. One stage is enough for most questions. The digits of the stages before are in the
call state; those of the stage that is running are in a variable of their own, where the next worker finds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from esl_server.call.call import Call
from esl_server.call.playing import play_next
from esl_server.call.state import digit_variable
from esl_server.switch import commands
from esl_server.switch.commands import Gather, State
from esl_server.switch.keyed import EXTRA_DIGITS, Keypress
from ivr.domain import orders
from ivr.domain.menu.entries import MAX_DIGITS
from ivr.domain.menu.gather import GatherNode
from ivr.domain.menu.moves import Position

# Beside one for each digit, those that a key ends which no telephone has.
_MAX_STAGES = 2 * MAX_DIGITS
# Of keys that are read out.
_UNKNOWN_PROMPT_MS = 10_000
# Who keys more digits than a secret entry may have makes no pause as long as this.
_PAUSE_S = 1.0
_DROP_MORE, _FORGET_DROPPED = commands.drop_digits(MAX_DIGITS, _PAUSE_S)


def listen(
    call: Call,
    node: GatherNode,
    position: Position,
    state: State,
    gather: Gather,
    prompt_ms: int | None,
    sent: Callable[[], None] | None = None,
) -> Keypress:
    """Ask the question, whose prompt is so long; the reply's `digit` is the whole entry, None for silence."""
    entries = node.entries
    if entries.is_single:
        reply = call.leg.ask(gather, digit_variable(position), state, node.timeout_s, sent)
        if node.secret:
            forget(call, node, digit_variable(position), reply.digit)
        return reply
    stage = entries.stage("")
    wait_s = node.timeout_s + stage.digits * node.between_s
    limit_s = 0 if node.entry_s is None else _limit_s(node.entry_s, prompt_ms)
    reply = call.leg.ask_entry(gather, digit_variable(position), state, wait_s, sent, limit_s)
    if _is_time_over(node, reply):
        return Keypress(None, reply.ms)
    if reply.digit is None or reply.digit in EXTRA_DIGITS:
        return reply
    heard = entries.hear("", reply.digit, stage.digits - reply.dropped)
    if node.secret:
        forget(call, node, digit_variable(position), heard.digits if heard.is_over else None)
    if heard.is_over:
        return _whole(call, node, heard.digits, reply.ms)
    return listen_on(call, node, position, heard.digits, reply.ms)


def _limit_s(entry_s: float, prompt_ms: int | None) -> int:
    """From the beginning of the prompt, in whole seconds."""
    return math.ceil(entry_s + (_UNKNOWN_PROMPT_MS if prompt_ms is None else prompt_ms) / 1000)


def _is_time_over(node: GatherNode, reply: Keypress) -> bool:
    """Whether the time for the entry is over, and nothing was keyed since the last digits."""
    return node.entry_s is not None and reply.digit == commands.TIME_OVER


def listen_on(call: Call, node: GatherNode, position: Position, digits: str, ms: int) -> Keypress:
    """Collect the rest of an entry that begins with these digits; `ms` is how long they took."""
    entries, state, leg = node.entries, call.state, call.leg
    for _ in range(_MAX_STAGES):
        state.keyed, state.keyed_is_secret = digits, node.secret
        stage, variable = entries.stage(digits), digit_variable(position, len(digits))
        between_s = node.between_s
        end_keys = stage.end_keys if node.entry_s is None else commands.TIME_OVER + stage.end_keys
        gather = commands.gather_entry(commands.NO_PROMPT, stage.digits, end_keys, between_s, between_s)
        leg.keep_digits()
        carried = call.stand(position, state.asked_ms)
        reply = leg.ask_entry(gather, variable, carried, (stage.digits + 1) * between_s)
        ms += reply.ms
        is_extra = reply.digit is not None and reply.digit in EXTRA_DIGITS
        heard = entries.hear(digits, "" if is_extra else reply.digit or "", stage.digits - reply.dropped)
        if node.secret:
            forget(call, node, variable, heard.digits if heard.is_over else None)
        if reply.digit == orders.KEY:
            state.keyed, state.keyed_is_secret = "", False
            return Keypress(orders.KEY, ms)
        if _is_time_over(node, reply):
            break
        if is_extra:
            continue
        digits = heard.digits
        if heard.is_over or leg.hung_up:
            break
    return _whole(call, node, digits, ms)


def forget(call: Call, node: GatherNode, variable: bytes, entry: str | None) -> None:
    """Remove a secret from the channel with the next command; `entry` is the whole of it, None: it is not over. What
    is keyed behind one that cannot grow is dropped first, until there is a pause: the next question would take it,
    and show it in the record. A worker lost meanwhile has not forgotten the entry."""
    if entry and entry not in EXTRA_DIGITS and node.entries.is_full(entry):
        play_next(call, _DROP_MORE, round(_PAUSE_S * 1000))
        call.leg.with_next(_FORGET_DROPPED)
    call.leg.with_next(commands.forget_digits(variable))


def _whole(call: Call, node: GatherNode, digits: str, ms: int) -> Keypress:
    """Of a caller who hung up only a complete entry counts."""
    call.state.keyed, call.state.keyed_is_secret = "", False
    is_cut = call.leg.hung_up and node.find_entry(digits) is None
    return Keypress(None if is_cut else digits or None, ms)
