"""The desk: one request per line for all calls of a process, and calls that wait on while Redis is away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import gevent
import pytest
import redis

from esl_server.lines.desk import AWAY_S, LineDesk, Standing
from ivr.domain.errors import StorageUnavailable
from ivr.domain.lines.offers import Offer, Ring
from ivr.domain.lines.places import Place, Waiting
from ivr.storage.redis.waiting_lines import GRACE_MS, Entry, Hold, Turn, WaitingLines

T0 = 1_800_000_000_000


class Clock:
    def __init__(self) -> None:
        self.ms = T0

    def __call__(self) -> int:
        return self.ms


class Away(WaitingLines):
    """A Redis that can be taken away."""

    is_away = False
    turns = 0

    def turn(self, line: str, entries: Sequence[Entry], people: Sequence[str], ring: Ring, now_ms: int) -> Turn:
        self._require()
        self.turns += 1
        return super().turn(line, entries, people, ring, now_ms)

    def hold(self, call_id: str, people: Sequence[str], now_ms: int, until_ms: int) -> list[str]:
        self._require()
        return super().hold(call_id, people, now_ms, until_ms)

    def release(
        self, call_id: str, people: Sequence[str], now_ms: int, rests_until_ms: int = 0, *, had_turn: bool = True
    ) -> None:
        self._require()
        super().release(call_id, people, now_ms, rests_until_ms, had_turn=had_turn)

    def let_go(self, call_id: str) -> None:
        self._require()
        super().let_go(call_id)

    def holds(self, now_ms: int) -> dict[str, Hold]:
        self._require()
        return super().holds(now_ms)

    def known_since_ms(self, now_ms: int) -> int:
        self._require()
        return super().known_since_ms(now_ms)

    def leave(self, line: str, call_id: str) -> None:
        self._require()
        super().leave(line, call_id)

    def _require(self) -> None:
        if self.is_away:
            raise StorageUnavailable("Redis: away")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(cache: str) -> Iterator[Away]:
    lines = Away(cache)
    lines.known_since_ms(T0 - GRACE_MS)
    yield lines
    lines.close()


@pytest.fixture
def desk(store: Away, clock: Clock) -> LineDesk:
    return LineDesk(store, clock)


def enter(desk: LineDesk, name: str, entered_ms: int, people: str = "", line: str = "support") -> Standing:
    waiting = Waiting(name, Place(0, T0 + entered_ms))
    return desk.enter(line, waiting, {}, lambda: people.split(), "longest_idle")


def test_who_is_free_is_offered_at_once(desk: LineDesk) -> None:
    standing = enter(desk, "one", 0, "ann")
    assert desk.take(standing) == Offer("one", ("ann",))
    assert desk.take(standing) is None


def test_a_line_costs_a_process_one_request_however_many_wait(desk: LineDesk, store: Away) -> None:
    calls = [enter(desk, f"call_{at}", at, "ann") for at in range(20)]
    assert [each.position for each in calls] == list(range(20))
    store.turns = 0
    desk.refresh()
    assert store.turns == 1
    assert [each.position for each in calls] == list(range(20))


def test_who_becomes_free_goes_to_the_first_in_line(desk: LineDesk) -> None:
    first, second = enter(desk, "one", 0, "ann"), enter(desk, "two", 1, "ann")
    assert desk.hold("one", ["ann"], T0 + 60_000) == ["ann"]
    desk.leave(first)
    desk.release("one", ["ann"])
    desk.refresh()
    assert desk.take(second) == Offer("two", ("ann",))


def test_two_processes_share_a_line(store: Away, clock: Clock) -> None:
    here, there = LineDesk(store, clock), LineDesk(store, clock)
    busy = enter(here, "busy", 0, "ann")
    second, first = enter(here, "second", 2, "ann"), enter(there, "first", 1, "ann")
    here.leave(busy)
    here.release("busy", ["ann"])
    here.refresh()
    assert second.offer is None
    there.refresh()
    assert first.offer == Offer("first", ("ann",))


def test_while_redis_restarts_calls_wait_at_their_places(desk: LineDesk, store: Away, clock: Clock) -> None:
    enter(desk, "one", 0, "ann")
    waiting = [enter(desk, f"call_{at}", at, "ann") for at in (3, 2)]
    store.is_away = True
    for _ in range(3):
        clock.ms += 1000
        desk.refresh()
        assert [(each.position, each.offer) for each in waiting] == [(2, None), (1, None)]
    store.is_away = False
    desk.refresh()
    assert [each.position for each in waiting] == [2, 1]


def test_while_redis_is_away_a_process_offers_its_own_calls(desk: LineDesk, store: Away, clock: Clock) -> None:
    talks = enter(desk, "talks", 0, "ann")
    desk.hold("talks", ["ann"], T0 + 900_000)
    late, early = enter(desk, "late", 2, "ann"), enter(desk, "early", 1, "ann")
    for each in (talks, late, early):
        each.on_duty = lambda: ["ann", "ben"]
    store.is_away = True
    desk.refresh()
    assert (early.position, late.position) == (1, 2)
    assert early.offer is None
    clock.ms += round(AWAY_S * 1000)
    desk.refresh()
    assert (early.offer, late.offer) == (Offer("early", ("ben",)), None)
    store.is_away = False
    desk.hold("early", ["ben"], T0 + 900_000)
    desk.refresh()
    assert late.offer is None
    holders = {person: hold.call_id for person, hold in store.holds(clock.ms).items()}
    assert holders == {"ann": "talks", "ben": "early"}


def test_after_redis_was_emptied_holds_are_told_again(
    desk: LineDesk, store: Away, clock: Clock, cache: str
) -> None:
    enter(desk, "talks", 0, "ann")
    desk.hold("talks", ["ann"], T0 + 900_000)
    waits = enter(desk, "waits", 1, "ann")
    desk.refresh()
    with redis.Redis.from_url(cache) as connection:
        connection.flushall()
    desk.refresh()
    clock.ms += GRACE_MS
    desk.refresh()
    assert waits.offer is None
    assert waits.position == 1
    assert store.holds(clock.ms)["ann"].call_id == "talks"


def test_calls_without_any_redis_ring_at_once() -> None:
    desk = LineDesk()
    standing = enter(desk, "one", 0, "ann")
    assert desk.take(standing) == Offer("one", ("ann",))


def test_the_greenlet_wakes_at_a_change(desk: LineDesk, store: Away) -> None:
    first, second = enter(desk, "one", 0, "ann"), enter(desk, "two", 1, "ann")
    store.woken = lambda quiet_s: iter(["support"])  # type: ignore[method-assign]
    runs = gevent.spawn(desk.run)
    try:
        desk.leave(first)
        desk.release("one", ["ann"])
        with gevent.Timeout(10):
            while second.offer is None:
                gevent.sleep(0.01)
    finally:
        runs.kill()


@pytest.mark.parametrize("lets_go", ["by name", "all"])
def test_whom_a_call_let_go_while_redis_was_away_is_free_as_soon_as_it_is_back(
    desk: LineDesk, store: Away, lets_go: str
) -> None:
    """In place of being held for the longest talk."""
    assert desk.hold("one", ["ann", "ben"], T0 + 900_000) == ["ann", "ben"]
    store.is_away = True
    if lets_go == "all":
        desk.let_go("one")
    else:
        desk.release("one", ["ann", "ben"])
    desk.refresh()
    store.is_away = False
    assert sorted(store.holds(T0)) == ["ann", "ben"]
    desk.refresh()
    assert store.holds(T0) == {}
    assert desk._untold == []


def test_who_is_held_again_by_the_same_call_is_not_let_go_late(desk: LineDesk, store: Away) -> None:
    desk.hold("one", ["ann", "ben"], T0 + 900_000)
    store.is_away = True
    desk.release("one", ["ann", "ben"])
    store.is_away = False
    desk.hold("one", ["ann"], T0 + 900_000)
    desk.refresh()
    assert sorted(store.holds(T0)) == ["ann"]


def test_whom_other_calls_hold_is_asked_once_for_all(desk: LineDesk, store: Away, clock: Clock) -> None:
    there = LineDesk(store, clock)
    there.hold("there", ["ann", "ben"], T0 + 900_000)
    there.hold("rested", ["dan"], T0 + 900_000)
    there.release("rested", ["dan"], 30)
    desk.hold("here", ["cat"], T0 + 900_000)
    assert desk.held_by_others("mine") == {"ann", "ben", "cat", "dan"}
    assert desk.held_by_others("here") == {"ann", "ben", "dan"}
    store.is_away = True
    assert desk.held_by_others("mine") == {"cat"}
