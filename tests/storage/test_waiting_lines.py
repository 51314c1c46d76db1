"""Waiting lines in Redis: places kept, nobody offered twice, everything back after Redis was emptied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.domain.errors import StorageUnavailable
from ivr.domain.lines.offers import Offer, Ring, match
from ivr.domain.lines.places import Place, Waiting
from ivr.storage.redis.waiting_lines import CLAIM_MS, GRACE_MS, LEASE_MS, Entry, Turn, WaitingLines
from tests.ports import free_port

T0 = 1_800_000_000_000


def entry(name: str, entered_ms: int = 0, priority: int = 0) -> Entry:
    return Entry(Waiting(name, Place(priority, T0 + entered_ms)), {"from": "+14805551234"})


@pytest.fixture
def lines(cache: str) -> Iterator[WaitingLines]:
    store = WaitingLines(cache)
    store.turn("any", [], [], "in_turn", T0 - GRACE_MS)  # Redis has known of lines for long enough
    yield store
    store.close()


def turn(
    store: WaitingLines, entries: list[Entry], people: str, now_ms: int = 0, ring: Ring = "longest_idle"
) -> Turn:
    return store.turn("support", entries, people.split(), ring, T0 + now_ms)


def test_calls_are_offered_in_their_order_to_who_has_been_idle_for_longest(lines: WaitingLines) -> None:
    lines.hold("old", ["ann"], T0, T0 + 1000)
    lines.release("old", ["ann"], T0 + 1)
    got = turn(lines, [entry("late", 20), entry("early", 10), entry("third", 30)], "ann ben", 50)
    assert got.offers == [Offer("early", ("ben",)), Offer("late", ("ann",))]
    assert (got.waiting, got.free, got.positions) == (1, 2, {"early": 0, "late": 0, "third": 1})


def test_nobody_is_offered_a_second_call_and_no_call_a_second_person(lines: WaitingLines) -> None:
    assert turn(lines, [entry("one")], "ann").offers == [Offer("one", ("ann",))]
    again = turn(lines, [entry("one"), entry("two", 1)], "ann ben", 10)
    assert again.offers == [Offer("two", ("ben",))]
    assert turn(lines, [entry("one"), entry("two", 1)], "ann ben", 20).offers == []
    elsewhere = lines.turn("sales", [entry("three", 2)], ["ann", "ben"], "in_turn", T0 + 30)
    assert elsewhere.offers == []


def test_the_head_of_the_line_waits_in_another_process_and_keeps_its_turn(lines: WaitingLines) -> None:
    turn(lines, [entry("theirs", 1)], "")
    assert turn(lines, [entry("mine", 2)], "ann", 10).offers == []
    assert turn(lines, [entry("theirs", 1)], "ann", 20).offers == [Offer("theirs", ("ann",))]


def test_a_place_that_nobody_refreshes_is_given_up(lines: WaitingLines) -> None:
    turn(lines, [entry("dead", 1)], "")
    assert turn(lines, [entry("mine", 2)], "ann", LEASE_MS - 1).offers == []
    assert turn(lines, [entry("mine", 2)], "ann", LEASE_MS).offers == [Offer("mine", ("ann",))]


def test_a_call_that_another_process_takes_over_has_its_place(lines: WaitingLines) -> None:
    turn(lines, [entry("first", 1), entry("second", 2)], "")
    other = turn(lines, [entry("second", 2)], "ann", 3000)
    assert other.positions == {"second": 2}
    lines.let_go("first")
    assert turn(lines, [entry("first", 1)], "ann", 3010).offers == [Offer("first", ("ann",))]


def test_an_offer_that_no_call_takes_up_is_void(lines: WaitingLines) -> None:
    turn(lines, [entry("one")], "ann")
    assert turn(lines, [entry("one")], "ann", CLAIM_MS - 1).offers == []
    assert turn(lines, [entry("one")], "ann", CLAIM_MS).offers == [Offer("one", ("ann",))]


def test_who_did_not_answer_rests_and_is_last_in_turn_afterwards(lines: WaitingLines) -> None:
    turn(lines, [entry("one")], "ann ben")
    assert lines.hold("one", ["ann"], T0 + 5, T0 + 60_000) == ["ann"]
    lines.release("one", ["ann"], T0 + 1000, T0 + 31_000)
    turn(lines, [entry("one")], "ann", 30_999)
    assert turn(lines, [entry("one")], "ann", 30_999).offers == []
    assert turn(lines, [entry("one")], "ann ben", 31_000).offers == [Offer("one", ("ben",))]


def test_who_had_no_turn_has_been_idle_for_as_long_as_before(lines: WaitingLines) -> None:
    for person, since in (("ann", 1), ("ben", 2)):
        lines.hold("old", [person], T0, T0 + 1000)
        lines.release("old", [person], T0 + since)
    lines.hold("race", ["ann", "ben"], T0 + 3, T0 + 1000)
    lines.release("race", ["ann"], T0 + 4, had_turn=False)
    lines.release("race", ["ben"], T0 + 5)
    assert lines.idle_since_ms() == {"ann": T0 + 1, "ben": T0 + 5}


def test_a_call_holds_only_who_is_not_held_by_another(lines: WaitingLines) -> None:
    assert lines.hold("one", ["ann", "ben"], T0, T0 + 100) == ["ann", "ben"]
    assert lines.hold("two", ["ben", "eve"], T0 + 99, T0 + 500) == ["eve"]
    assert lines.hold("two", ["ben"], T0 + 100, T0 + 500) == ["ben"]
    lines.release("one", ["ben"], T0 + 101)
    assert lines.holds(T0 + 102)["ben"].call_id == "two"


def test_all_who_are_free_ring_for_one_call_at_a_time(lines: WaitingLines) -> None:
    calls = [entry("one", 1), entry("two", 2)]
    assert turn(lines, calls, "ann ben", ring="all").offers == [Offer("one", ("ann", "ben"))]
    assert turn(lines, calls, "ann ben eve", ring="all").offers == [Offer("two", ("eve",))]
    lines.release("one", ["ben"], T0 + 50)
    assert [each.people for each in lines.calls("support", T0)] == [["ann"], ["eve"]]


def test_after_redis_was_emptied_calls_have_their_places_and_nobody_in_a_talk_is_rung(
    cache: str, lines: WaitingLines
) -> None:
    calls = [entry("second", 2), entry("first", 1, priority=0), entry("third", 3)]
    turn(lines, calls, "")
    with redis.Redis.from_url(cache) as connection:
        connection.flushall()
    assert turn(lines, calls[:1], "ann ben", 100).offers == []
    assert lines.hold("talk", ["ann"], T0 + 200, T0 + 90_000) == ["ann"]
    assert turn(lines, calls, "ann ben", 99 + GRACE_MS).offers == []
    back = turn(lines, calls, "ann ben", 100 + GRACE_MS)
    assert back.offers == [Offer("first", ("ben",))]
    assert back.positions == {"first": 0, "second": 1, "third": 2}


def test_a_call_that_leaves_makes_room(lines: WaitingLines) -> None:
    turn(lines, [entry("one", 1), entry("two", 2)], "")
    lines.leave("support", "one")
    assert [each.call_id for each in lines.calls("support", T0 + 10)] == ["two"]
    assert lines.names() == ["support"]


def test_processes_hear_of_changes(lines: WaitingLines) -> None:
    heard = lines.woken(5.0)
    assert next(heard) is None  # it listens from now on
    lines.leave("support", "one")
    lines.release("one", ["ann"], T0)
    assert [next(heard), next(heard)] == ["support", ""]


def test_it_shows_when_redis_was_emptied(cache: str, lines: WaitingLines) -> None:
    since_ms = lines.known_since_ms(T0 + 5)
    assert since_ms == lines.known_since_ms(T0 + 6) == T0 - GRACE_MS
    with redis.Redis.from_url(cache) as connection:
        connection.flushall()
    assert lines.known_since_ms(T0 + 7) == T0 + 7


def test_the_last_talks_are_known(lines: WaitingLines) -> None:
    for ms in (1000, 2000, 3000):
        lines.note_held("support", ms)
    assert turn(lines, [], "").held_ms == lines.held_ms("support") == [3000, 2000, 1000]


def test_without_redis_the_error_is_that_of_all_stores() -> None:
    store = WaitingLines(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StorageUnavailable):
        turn(store, [], "")
    with pytest.raises(StorageUnavailable):
        next(store.woken(0.1))


PLACES = st.builds(Place, st.integers(0, 3), st.integers(T0, T0 + 200_000))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PLACES, max_size=8),
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.sampled_from(["in_turn", "longest_idle", "all"]),
    st.data(),
)
def test_the_script_decides_as_the_domain_does(
    cache: str, lines: WaitingLines, places: list[Place], people: list[str], ring: Ring, data: st.DataObject
) -> None:
    with redis.Redis.from_url(cache) as connection:
        connection.flushall()
    turn(lines, [], "", -GRACE_MS)
    calls = [Waiting(f"call_{at}", place) for at, place in enumerate(places)]
    idle: dict[str, int] = {}
    held: set[str] = set()
    for at, person in enumerate(people):
        lines.hold(f"old_{at}", [person], T0, T0 + 10_000)
        if data.draw(st.booleans()):
            idle[person] = T0 + data.draw(st.integers(1, 3))
            lines.release(f"old_{at}", [person], idle[person])
        else:
            held.add(person)
    free = [person for person in people if person not in held]
    got = turn(lines, [Entry(each, {}) for each in calls], " ".join(people), 100, ring)
    assert got.offers == match(calls, (), free, idle, ring)
