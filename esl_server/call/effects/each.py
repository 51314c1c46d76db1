"""The next element of a list, without a word to FreeSWITCH."""

from __future__ import annotations

import random

from esl_server.call.call import Call, now_ms
from esl_server.call.compiled_menu import CompiledMenu
from esl_server.call.effects.effect import After
from esl_server.call.notes import note_not_set
from esl_server.call.playing import play_step
from ivr.domain.menu import interpreter
from ivr.domain.menu.answers import left_out
from ivr.domain.menu.each import NEXT, EachNode
from ivr.domain.menu.interpreter import Act
from ivr.domain.menu.moves import Position
from ivr.domain.tickets import NODE_VARIABLE

_MOST = 2**32


def go_through(call: Call, menu: CompiledMenu, position: Position, act: Act[EachNode]) -> After:
    """With an element its prompt, if it has one, is played before the next question, as that of a switch is. Only
    with that question, or another node's state, does the channel carry that the element was taken: a worker lost
    before leaves it to the next one."""
    node = act.node
    given = menu.published.given.random
    # In tests the usual number leaves a list as it stands.
    chance = random.randrange(1, _MOST) if given is None else given - 1  # noqa: S311 (not a secret)
    result, memory = node.advance(position.memory, chance)
    prompt = menu.spoken(node.audio, memory) if result == NEXT else None
    if prompt is not None:
        call.leg.store_with_next(call.stand(position, now_ms()))
        call.set_for_phone(NODE_VARIABLE, node.id)
    at = memory.find(f"{node.save}.at") if result == NEXT else None
    play_step(call, node, "each", prompt, result, None if at is None else str(at))
    note_not_set(call, node.id, left_out(node.save, memory.no_room, is_whole=True))
    position = position._replace(memory=memory.with_room())
    return interpreter.step(menu.tree, position, result, call.elapsed_s())
