"""Waiting lines over all call servers and switches, and who of the people is held by which call.

| key | holds |
|---|---|
| `digitree:lines:names` | names of the lines that calls wait in, or did |
| `digitree:lines:at:<line>:order` | call id by the score of its place (`ivr.domain.lines.places`) |
| `digitree:lines:at:<line>:until` | call id by the time (epoch ms) until which its place is kept |
| `digitree:lines:at:<line>:calls` | call id -> JSON for people: since when, from which number |
| `digitree:lines:at:<line>:held` | how long (ms) the last calls of this line held a person, the newest first |
| `digitree:people:holds` | person -> call id and until when (epoch ms): nobody is offered two calls at once |
| `digitree:people:idle` | person -> since when (epoch ms) no call holds them |
| `digitree:people:offers` | call id -> the people that it rings or talks with: no call gets a second offer |
| `digitree:people:mark` | since when (epoch ms) Redis has known all this |

A place is refreshed by the process that has the call, and each change of a line is published, so that its calls need
no polling. A process that was killed leaves the place until another one has taken the call over. When Redis loses
all, each process writes its calls again, at their old places, and whom they hold; until then nobody is offered a
call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from ivr.domain.lines.offers import Offer, Ring
from ivr.domain.lines.places import Place, Waiting
from ivr.storage.redis.menu_cache import PREFIX, connect
from ivr.storage.redis.unavailable import translated

LEASE_MS = 20_000
GRACE_MS = 5_000
# From the offer until the call has taken it up.
CLAIM_MS = 15_000
_NAMES = PREFIX + "lines:names"
_WOKEN = PREFIX + "lines:woken"
_HOLDS, _IDLE = PREFIX + "people:holds", PREFIX + "people:idle"
_OFFERS, _MARK = PREFIX + "people:offers", PREFIX + "people:mark"
_TIMEOUT_S = 1.0
_KEPT_TALKS = 50
# Who rests holds no call.
_RESTS = "-"

_TURN = files(__package__).joinpath("waiting_lines.lua").read_text("utf-8")

# KEYS: holds, idle, offers. ARGV: call, now, until, people. Whom the call holds then.
_HOLD = """
local held = {}
for at = 4, #ARGV do
    local hold = redis.call('HGET', KEYS[1], ARGV[at])
    local call = hold and string.match(hold, '^(%S+)')
    local over = not hold or tonumber(string.match(hold, ' (%d+)$')) <= tonumber(ARGV[2])
    if over or call == ARGV[1] then
        redis.call('HSET', KEYS[1], ARGV[at], ARGV[1] .. ' ' .. ARGV[3])
        held[#held + 1] = ARGV[at]
    end
end
if #held > 0 then redis.call('HSET', KEYS[3], ARGV[1], table.concat(held, ' ')) end
return held
"""
# ARGV: call, now, rests until (0: no rest), whether they are idle from now on only (1) or as before (0), people.
_RELEASE = """
for at = 5, #ARGV do
    local hold = redis.call('HGET', KEYS[1], ARGV[at])
    if hold and string.match(hold, '^(%S+)') == ARGV[1] then
        if tonumber(ARGV[3]) > tonumber(ARGV[2]) then
            redis.call('HSET', KEYS[1], ARGV[at], '- ' .. ARGV[3])
        else
            redis.call('HDEL', KEYS[1], ARGV[at])
        end
        if ARGV[4] == '1' then
            redis.call('HSET', KEYS[2], ARGV[at], math.max(tonumber(ARGV[2]), tonumber(ARGV[3])))
        end
    end
end
local people = redis.call('HGET', KEYS[3], ARGV[1])
if people then
    local rest = {}
    for person in string.gmatch(people, '%S+') do
        local hold = redis.call('HGET', KEYS[1], person)
        if hold and string.match(hold, '^(%S+)') == ARGV[1] then rest[#rest + 1] = person end
    end
    if #rest == 0 then
        redis.call('HDEL', KEYS[3], ARGV[1])
    else
        redis.call('HSET', KEYS[3], ARGV[1], table.concat(rest, ' '))
    end
end
return 1
"""
# ARGV: call.
_LET_GO = """
local people = redis.call('HGET', KEYS[3], ARGV[1])
if not people then return 0 end
for person in string.gmatch(people, '%S+') do
    local hold = redis.call('HGET', KEYS[1], person)
    if hold and string.match(hold, '^(%S+)') == ARGV[1] then redis.call('HDEL', KEYS[1], person) end
end
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""


class Entry(NamedTuple):
    """A call of this process in a line; `told` is what people see of it."""

    waiting: Waiting
    told: Mapping[str, Any]


class Turn(NamedTuple):
    """What came of a turn: how many calls wait (and ring nobody), how many people were free, the position of each
    call of this process (1: next; 0: it rings somebody), offers made to them, and how long the last calls held a
    person."""

    waiting: int
    free: int
    positions: Mapping[str, int]
    offers: Sequence[Offer]
    held_ms: Sequence[int]


class Hold(NamedTuple):
    """A person whom a call holds, or who rests (no call), until then (epoch ms)."""

    call_id: str | None
    until_ms: int


class WaitingCall(NamedTuple):
    """A place in a line as the page shows it."""

    call_id: str
    place: Place
    told: Mapping[str, Any]
    people: Sequence[str]


class WaitingLines:
    """Raises StorageUnavailable."""

    def __init__(self, url: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._redis: Any = connect(url, timeout_s=timeout_s, max_connections=4)
        self._turn = self._redis.register_script(_TURN)
        self._hold = self._redis.register_script(_HOLD)
        self._release = self._redis.register_script(_RELEASE)
        self._let_go = self._redis.register_script(_LET_GO)

    def turn(self, line: str, entries: Sequence[Entry], people: Sequence[str], ring: Ring, now_ms: int) -> Turn:
        """Keep the places of this process's calls, and make the offers whose turn it is for them. `people`: who of
        the group is on duty, in its order."""
        args: list[Any] = [now_ms, LEASE_MS, GRACE_MS, CLAIM_MS, ring, len(entries)]
        for each in entries:
            told = {**each.told, "p": each.waiting.place.to_text()}
            args += [each.waiting.call_id, each.waiting.place.score, json.dumps(told, separators=(",", ":"))]
        keys = [*_keys(line), _HOLDS, _IDLE, _OFFERS, _MARK]
        with translated():
            if entries:
                self._redis.sadd(_NAMES, line)
            waiting, free, positions, made, held = self._turn(keys=keys, args=[*args, *people])
        offers = [Offer(call.decode(), tuple(each.decode() for each in rung)) for call, *rung in made]
        calls = [each.waiting.call_id for each in entries]
        return Turn(waiting, free, dict(zip(calls, positions, strict=True)), offers, [int(each) for each in held])

    def leave(self, line: str, call_id: str) -> None:
        """Give the place up, and tell all processes."""
        order, until, calls, _ = _keys(line)
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.zrem(order, call_id)
            multi.zrem(until, call_id)
            multi.hdel(calls, call_id)
            multi.publish(_WOKEN, line)
            multi.execute()

    def hold(self, call_id: str, people: Sequence[str], now_ms: int, until_ms: int) -> list[str]:
        """Hold these people for the call, or go on holding them; those whom another call holds are left out."""
        with translated():
            held = self._hold(keys=[_HOLDS, _IDLE, _OFFERS], args=[call_id, now_ms, until_ms, *people])
        return [each.decode() for each in held]

    def release(
        self, call_id: str, people: Sequence[str], now_ms: int, rests_until_ms: int = 0, *, had_turn: bool = True
    ) -> None:
        """The call holds them no more; they rest until then: after a talk, or after they did not answer. `had_turn`:
        they have been idle since now; if not, for as long as before. Tells all processes."""
        with translated():
            args: list[Any] = [call_id, now_ms, rests_until_ms, int(had_turn), *people]
            self._release(keys=[_HOLDS, _IDLE, _OFFERS], args=args)
            self._redis.publish(_WOKEN, "")

    def let_go(self, call_id: str) -> None:
        """Whomever this call still holds is free: it is in the hands of another process, and rings nobody."""
        with translated():
            if self._let_go(keys=[_HOLDS, _IDLE, _OFFERS], args=[call_id]):
                self._redis.publish(_WOKEN, "")

    def note_held(self, line: str, held_ms: int) -> None:
        """How long a call of this line held its person."""
        key = _keys(line)[3]
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.lpush(key, held_ms)
            multi.ltrim(key, 0, _KEPT_TALKS - 1)
            multi.execute()

    def known_since_ms(self, now_ms: int) -> int:
        """Since when Redis has known of holds; another moment than before: it lost them."""
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.set(_MARK, now_ms, nx=True)
            multi.get(_MARK)
            return int(multi.execute()[1])

    def woken(self, quiet_s: float) -> Iterator[str | None]:
        """The names of lines that change (empty: people did, in any line), for ever; None after `quiet_s` without
        one, and at first. Raises StorageUnavailable."""
        with translated(), self._redis.pubsub(ignore_subscribe_messages=True) as heard:
            heard.subscribe(_WOKEN)
            while True:
                message = heard.get_message(timeout=quiet_s)
                yield message["data"].decode() if message else None

    def names(self) -> list[str]:
        with translated():
            return sorted(each.decode() for each in self._redis.smembers(_NAMES))

    def calls(self, line: str, now_ms: int) -> list[WaitingCall]:
        """Who is in this line, in its order."""
        order, until, calls, _ = _keys(line)
        with translated(), self._redis.pipeline(transaction=True) as multi:
            multi.zrange(order, 0, -1)
            multi.zrangebyscore(until, now_ms, "+inf")
            multi.hgetall(calls)
            multi.hgetall(_OFFERS)
            in_order, alive, told, offers = multi.execute()
        there = set(alive)
        return [_waiting_call(call, told[call], offers) for call in in_order if call in there and call in told]

    def held_ms(self, line: str) -> list[int]:
        """How long the last calls of this line held a person."""
        with translated():
            return [int(each) for each in self._redis.lrange(_keys(line)[3], 0, -1)]

    def holds(self, now_ms: int) -> dict[str, Hold]:
        """Who is held, or rests."""
        with translated():
            found = self._redis.hgetall(_HOLDS)
        holds = {person.decode(): _read_hold(text.decode()) for person, text in found.items()}
        return {person: hold for person, hold in holds.items() if hold.until_ms > now_ms}

    def idle_since_ms(self) -> dict[str, int]:
        with translated():
            return {person.decode(): int(since) for person, since in self._redis.hgetall(_IDLE).items()}

    def close(self) -> None:
        self._redis.close()


def _keys(line: str) -> list[str]:
    return [f"{PREFIX}lines:at:{line}:{each}" for each in ("order", "until", "calls", "held")]


def _read_hold(text: str) -> Hold:
    call_id, _, until = text.partition(" ")
    return Hold(None if call_id == _RESTS else call_id, int(until))


def _waiting_call(call: bytes, text: bytes, offers: Mapping[bytes, bytes]) -> WaitingCall:
    told = json.loads(text)
    priority, entered_ms = told.pop("p").split(".")
    people = offers.get(call, b"").decode().split()
    return WaitingCall(call.decode(), Place(int(priority), int(entered_ms)), told, people)
