"""The desk of a process: the calls of it that wait, in every line, and the people whom its calls hold.

A call tells the desk that it waits (`enter`) and looks at its own standing now and then, while its caller hears the
hold audio. One greenlet for all of them (`run`) hears from Redis that a line has changed, keeps their places, and
gets the offers whose turn it is. So a change costs a process one request per line, however many calls wait.

While Redis is away calls go on waiting at their places. After AWAY_S, which a restart of Redis takes, the desk offers
its own calls to those people whom no call of this process holds: in an outage somebody may ring twice, but nobody
waits for a machine to be repaired. Redis is told afterwards whom calls let go meanwhile.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import gevent
from gevent.event import Event

from ivr.domain.errors import StorageUnavailable
from ivr.domain.lines.offers import Offer, Ring, match
from ivr.domain.lines.places import Waiting
from ivr.storage.redis.waiting_lines import CLAIM_MS, Entry, Hold, Turn

log = logging.getLogger(__name__)

REFRESH_S = 2.0
AWAY_S = 10.0
# Changes that come one after the other are one change.
_GATHER_S = 0.05
# People on duty in a group, in its order.
OnDuty = Callable[[], Sequence[str]]


class Lines(Protocol):
    """`ivr.storage.redis.waiting_lines.WaitingLines`, as a desk needs it. Raises StorageUnavailable."""

    def turn(self, line: str, entries: Sequence[Entry], people: Sequence[str], ring: Ring, now_ms: int) -> Turn: ...

    def leave(self, line: str, call_id: str) -> None: ...

    def hold(self, call_id: str, people: Sequence[str], now_ms: int, until_ms: int) -> list[str]: ...

    def release(
        self, call_id: str, people: Sequence[str], now_ms: int, rests_until_ms: int = 0, *, had_turn: bool = True
    ) -> None: ...

    def let_go(self, call_id: str) -> None: ...

    def holds(self, now_ms: int) -> Mapping[str, Hold]: ...

    def note_held(self, line: str, held_ms: int) -> None: ...

    def known_since_ms(self, now_ms: int) -> int: ...

    def idle_since_ms(self) -> Mapping[str, int]: ...

    def woken(self, quiet_s: float) -> Iterable[str | None]: ...


@dataclass(slots=True, eq=False)
class Standing:
    """How a call stands in its line: its position among those who wait (1: next), how many wait, and whom it is to
    ring, until it takes that up."""

    line: str
    entry: Entry
    on_duty: OnDuty
    ring: Ring
    position: int = 0
    waiting: int = 0
    held_ms: Sequence[int] = ()
    offer: Offer | None = None

    @property
    def call_id(self) -> str:
        return self.entry.waiting.call_id


@dataclass(slots=True)
class _Held:
    people: tuple[str, ...]
    since_ms: int
    until_ms: int


class _Released(NamedTuple):
    """Whom a call holds no more (None: whomever it held), of which Redis has not been told."""

    call_id: str
    people: Sequence[str] | None
    at_ms: int = 0
    rests_until_ms: int = 0
    had_turn: bool = True


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True, eq=False)
class LineDesk:
    """`lines`: None where calls have no Redis at all, as in tests of calls."""

    lines: Lines | None = None
    now_ms: Callable[[], int] = _now_ms
    _standing: dict[str, Standing] = field(default_factory=dict)
    _held: dict[str, _Held] = field(default_factory=dict)
    # Until when people rest, and since when they are idle, as far as this process knows.
    _rests: dict[str, int] = field(default_factory=dict)
    _idle: dict[str, int] = field(default_factory=dict)
    _untold: list[_Released] = field(default_factory=list)
    _changed: set[str] = field(default_factory=set)
    _wake: Event = field(default_factory=Event)
    _away_since_ms: int | None = None
    _known_since_ms: int | None = None

    def enter(
        self, line: str, waiting: Waiting, told: Mapping[str, Any], on_duty: OnDuty, ring: Ring
    ) -> Standing:
        """Have the call wait in this line, at its place; who is free at once is offered at once."""
        standing = self._standing[waiting.call_id] = Standing(line, Entry(waiting, told), on_duty, ring)
        self._turn([standing])
        return standing

    def leave(self, standing: Standing) -> None:
        """Give the place up."""
        self._standing.pop(standing.call_id, None)
        self._ask(lambda lines: lines.leave(standing.line, standing.call_id))

    def take(self, standing: Standing) -> Offer | None:
        """The offer that was made to the call; it is the call's from now on."""
        offer, standing.offer = standing.offer, None
        return offer

    def look_again(self, standing: Standing) -> None:
        """Whether somebody is for the call at once."""
        self._turn([standing])

    def hold(self, call_id: str, people: Sequence[str], until_ms: int) -> list[str]:
        """Hold these people for the call until then, ringing and talking. Those whom another call holds are left
        out; without Redis, those whom another call of this process holds."""
        now_ms = self.now_ms()
        mine = [person for person in people if self._holder(person, now_ms) in (None, call_id)]
        got: list[str] = mine
        if mine:
            got = self._ask(lambda lines: lines.hold(call_id, mine, now_ms, until_ms), mine)
        if got:
            self._held[call_id] = _Held(tuple(got), now_ms, until_ms)
            self._untold = [left for each in self._untold if (left := _less(each, call_id, got)) is not None]
        return got

    def held_by_others(self, call_id: str) -> set[str]:
        """Whom other calls hold, and who rests, as far as is known; by one request, however many they are."""
        now_ms = self.now_ms()
        holds = self._ask(lambda lines: lines.holds(now_ms), {})
        mine = {person for other, held in self._held.items() if other != call_id for person in held.people}
        return {person for person, hold in holds.items() if hold.call_id != call_id} | mine

    def release(
        self, call_id: str, people: Sequence[str], rests_s: float = 0.0, *, had_turn: bool = True
    ) -> None:
        """The call holds them no more; they rest for so long. `had_turn`: they have been idle since now; if not, for
        as long as before."""
        now_ms = self.now_ms()
        rests_until_ms = now_ms + round(rests_s * 1000) if rests_s else 0
        held = self._held.get(call_id)
        if held is not None:
            left = tuple(person for person in held.people if person not in people)
            if left:
                held.people = left
            else:
                del self._held[call_id]
        for person in people:
            if had_turn:
                self._idle[person] = max(now_ms, rests_until_ms)
            if rests_until_ms:
                self._rests[person] = rests_until_ms
        self._tell_released(_Released(call_id, people, now_ms, rests_until_ms, had_turn))
        self._wake.set()

    def idle_since_ms(self) -> Mapping[str, int]:
        """Since when no call holds a person, where that is known; for who is rung without a line."""
        known: Mapping[str, int] = self._ask(lambda lines: lines.idle_since_ms(), self._idle)
        return known

    def let_go(self, call_id: str) -> None:
        """The call, which another process had, rings nobody now."""
        self._held.pop(call_id, None)
        self._tell_released(_Released(call_id, None))

    def note_held(self, line: str, held_ms: int) -> None:
        """How long a call of the line held its person: later estimates go by it."""
        self._ask(lambda lines: lines.note_held(line, held_ms))

    def run(self) -> None:
        """Until killed."""
        listener = gevent.spawn(self._listen)
        try:
            while True:
                self._wake.wait(REFRESH_S)
                gevent.sleep(_GATHER_S)
                self._wake.clear()
                try:
                    self.refresh()
                except Exception:
                    log.exception("waiting calls are not served")  # the next turn may be better
        finally:
            listener.kill()

    def refresh(self) -> None:
        """A turn in each line in which calls of this process wait. Before that Redis is told of whom calls let go
        while it was away, and again of those whom they hold if it lost them."""
        untold, self._untold = self._untold, []
        for released in untold:
            self._tell_released(released)
        by_line: dict[str, list[Standing]] = {}
        for each in self._standing.values():
            by_line.setdefault(each.line, []).append(each)
        if self._held or by_line:
            self._tell_again()
        for standings in by_line.values():
            self._turn(standings)

    def _listen(self) -> None:
        while True:
            try:
                for line in self.lines.woken(REFRESH_S) if self.lines is not None else ():
                    if line == "" or any(each.line == line for each in self._standing.values()):
                        self._wake.set()
            except StorageUnavailable:
                pass
            except Exception:
                log.exception("changes of waiting lines are not heard")
            gevent.sleep(REFRESH_S)

    def _tell_released(self, it: _Released) -> None:
        """At once; where Redis is away, at the next turn: nobody is held for a talk that is over."""

        def tell(lines: Lines) -> bool:
            if it.people is None:
                lines.let_go(it.call_id)
            else:
                lines.release(it.call_id, it.people, it.at_ms, it.rests_until_ms, had_turn=it.had_turn)
            return True

        if not self._ask(tell, self.lines is None):
            self._untold.append(it)

    def _tell_again(self) -> None:
        now_ms = self.now_ms()
        since_ms = self._ask(lambda lines: lines.known_since_ms(now_ms), None)
        if since_ms is None or since_ms == self._known_since_ms:
            return
        if self._known_since_ms is not None:
            log.warning("Redis was emptied: %d holds of people are told again", len(self._held))
        self._known_since_ms = since_ms
        for call_id, held in list(self._held.items()):
            self._ask(lambda lines, call_id=call_id, held=held: lines.hold(  # type: ignore[misc]
                call_id, held.people, now_ms, held.until_ms
            ))  # fmt: skip

    def _turn(self, standings: Sequence[Standing]) -> None:
        """In one line."""
        first = standings[0]
        people, entries = list(first.on_duty()), [each.entry for each in standings]
        now_ms = self.now_ms()
        got = self._ask(lambda lines: lines.turn(first.line, entries, people, first.ring, now_ms), None)
        if got is None:
            got = self._own_turn(standings, people, now_ms)
        for each in standings:
            each.position, each.waiting = got.positions[each.call_id], got.waiting
            each.held_ms = got.held_ms or each.held_ms
        for offer in got.offers:
            standing = self._standing.get(offer.call_id)
            if standing is not None:
                standing.offer = offer
                self._held[offer.call_id] = _Held(offer.people, now_ms, now_ms + CLAIM_MS)

    def _own_turn(self, standings: Sequence[Standing], people: Sequence[str], now_ms: int) -> Turn:
        """Without Redis, by what this process knows."""
        first = standings[0]
        calls = sorted(
            (each for each in self._standing.values() if each.line == first.line),
            key=lambda each: each.entry.waiting.order,
        )
        waiting = [each for each in calls if each.call_id not in self._held]
        positions = {each.call_id: at for at, each in enumerate(waiting, 1)}
        offers: list[Offer] = []
        away_ms = None if self._away_since_ms is None else now_ms - self._away_since_ms
        if away_ms is None or away_ms >= AWAY_S * 1000:
            free = [person for person in people if self._is_free(person, now_ms)]
            own = [each.entry.waiting for each in waiting]
            offers = match(own, (), free, self._idle, first.ring)
        return Turn(len(waiting), 0, {each.call_id: positions.get(each.call_id, 0) for each in standings}, offers, ())

    def _is_free(self, person: str, now_ms: int) -> bool:
        return self._rests.get(person, 0) <= now_ms and self._holder(person, now_ms) is None

    def _holder(self, person: str, now_ms: int) -> str | None:
        """The call of this process that holds a person."""
        for call_id, held in self._held.items():
            if person in held.people and held.until_ms > now_ms:
                return call_id
        return None

    def _ask(self, request: Callable[[Lines], Any], otherwise: Any = None) -> Any:
        if self.lines is None:
            return otherwise
        now_ms = self.now_ms()
        try:
            reply = request(self.lines)
        except StorageUnavailable as error:
            if self._away_since_ms is None:
                log.error("%s: waiting calls keep their places, as this process knows them", error)
                self._away_since_ms = now_ms
            return otherwise
        if self._away_since_ms is not None:
            log.warning("Redis is back: one line for all processes again")
        self._away_since_ms = None
        return reply


def _less(released: _Released, call_id: str, people: Sequence[str]) -> _Released | None:
    """Without these, whom the call holds again."""
    if released.call_id != call_id:
        return released
    left = [each for each in released.people or () if each not in people]
    return released._replace(people=left) if left else None
