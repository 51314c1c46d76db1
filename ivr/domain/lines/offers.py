"""Who is offered to whom: the calls in the order of their places, each with the free person whose turn it is.

The script of `ivr.storage.redis.waiting_lines` decides by the same rules for all processes at once; this is what a
process does with its own calls while Redis is away, and what the script is compared with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from ivr.domain.lines.places import Waiting

# in_turn: the first free one of the group; longest_idle: who has been free for longest; all: all free ones at once.
Ring = Literal["in_turn", "longest_idle", "all"]


class Offer(NamedTuple):
    """The people whom a call is to ring: one, or several at once."""

    call_id: str
    people: tuple[str, ...]


def in_turn_of(free: Sequence[str], idle_since_ms: Mapping[str, int], ring: Ring) -> list[str]:
    """The free people, whose turn it is first. Who is not known to have ever talked has been idle for longest."""
    if ring != "longest_idle":
        return list(free)
    return sorted(free, key=lambda person: idle_since_ms.get(person, 0))


def match(
    waiting: Iterable[Waiting],
    offered: Collection[str],
    free: Sequence[str],
    idle_since_ms: Mapping[str, int],
    ring: Ring,
) -> list[Offer]:
    """The offers that can be made now. `offered` are the calls that ring somebody already, `free` are the people on
    duty whom no call holds, in the order of their group."""
    turn = in_turn_of(free, idle_since_ms, ring)
    calls = [each.call_id for each in sorted(waiting, key=lambda each: each.order) if each.call_id not in offered]
    if ring == "all":
        return [Offer(calls[0], tuple(turn))] if calls and turn else []
    return [Offer(call_id, (person,)) for call_id, person in zip(calls, turn, strict=False)]
