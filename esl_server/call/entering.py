"""What happens on coming to a node, before its own effect."""

from __future__ import annotations

from esl_server.call.call import Call
from esl_server.call.listings import change_lists
from esl_server.call.notes import note_not_set
from ivr.domain.menu.moves import Position


def enter(call: Call, position: Position) -> Position:
    """Note the variables that did not fit, and put the caller on lists or take them off; the position with nothing of
    this left to do."""
    memory = position.memory
    if memory.no_room:
        note_not_set(call, position.node, memory.no_room)
        position = position._replace(memory=memory.with_room())
    if memory.listings:
        change_lists(call, position.node, memory.listings)
        position = position._replace(memory=position.memory.with_listings_done())
    call.position = position
    if call.story is not None:
        call.story.memory = position.memory
    return position
