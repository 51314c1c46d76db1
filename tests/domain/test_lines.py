"""The order of a waiting line, who is offered to whom, and how long it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.lines.estimates import estimated_wait_s, mean_held_s, spoken_minutes
from ivr.domain.lines.limits import piece_s, refusal, remaining_s
from ivr.domain.lines.offers import Offer, Ring, match
from ivr.domain.lines.places import MAX_PRIORITY, Place, Waiting, read_place

PLACES = st.builds(Place, st.integers(0, MAX_PRIORITY), st.integers(0, 10**13))
PEOPLE = st.lists(st.sampled_from("abcdefgh"), unique=True)
RINGS: list[Ring] = ["in_turn", "longest_idle", "all"]


def line_of(*places: Place) -> list[Waiting]:
    return [Waiting(f"call_{at}", place) for at, place in enumerate(places)]


@given(PLACES)
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert read_place(place.to_text()) == place


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "61.5", "-1.5", "1.5.6", "1.5x"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a place"):
        read_place(text)


def test_a_step_of_priority_counts_as_a_minute_of_waiting() -> None:
    assert Place(5, 300_000).score == Place(0, 0).score
    assert Place(5, 300_001).score > Place(0, 0).score


@given(PLACES, st.integers(0, MAX_PRIORITY), st.integers(0, 10**9))
def test_nobody_is_overtaken_by_those_who_come_an_hour_later(place: Place, priority: int, later_ms: int) -> None:
    late = Place(priority, place.entered_ms + MAX_PRIORITY * 60_000 + later_ms + 1)
    assert place.score < late.score


@given(st.lists(PLACES, max_size=12), PEOPLE, st.sampled_from(RINGS), st.data())
def test_nobody_gets_two_calls_and_no_call_two_offers(
    places: list[Place], free: list[str], ring: Ring, data: st.DataObject
) -> None:
    line = line_of(*places)
    offered = {each.call_id for each in line if data.draw(st.booleans())}
    idle = {person: data.draw(st.integers(1, 50)) for person in free if data.draw(st.booleans())}
    offers = match(line, offered, free, idle, ring)
    rung = [person for offer in offers for person in offer.people]
    assert len(rung) == len(set(rung))
    assert set(rung) <= set(free)
    assert len({offer.call_id for offer in offers}) == len(offers)
    assert not offered & {offer.call_id for offer in offers}
    # Nobody is left idle while somebody waits, and whoever is served was before whoever is not.
    waiting = sorted((each for each in line if each.call_id not in offered), key=lambda each: each.order)
    if ring == "all":
        assert bool(offers) == bool(waiting and free)
    else:
        assert [offer.call_id for offer in offers] == [each.call_id for each in waiting[: len(free)]]


@pytest.mark.parametrize(
    ("ring", "offers"),
    [
        ("in_turn", [Offer("call_1", ("ann",)), Offer("call_0", ("ben",))]),
        ("longest_idle", [Offer("call_1", ("eve",)), Offer("call_0", ("ben",))]),
        ("all", [Offer("call_1", ("ann", "ben", "eve"))]),
    ],
)
def test_whose_turn_it_is(ring: Ring, offers: list[Offer]) -> None:
    line = line_of(Place(0, 200_000), Place(2, 250_000))
    idle = {"ann": 90_000, "ben": 10_000}
    free = ["ann", "eve", "ben"] if ring == "longest_idle" else ["ann", "ben", "eve"]
    assert match(line, (), free, idle, ring) == offers


@pytest.mark.parametrize(
    ("position", "on_duty", "held_s", "wait_s"),
    [(1, 1, 60, 60), (1, 3, 60, 20), (10, 20, 240, 120), (3, 0, 60, 180)],
)
def test_the_estimate_of_a_wait(position: int, on_duty: int, held_s: float, wait_s: float) -> None:
    assert estimated_wait_s(position, on_duty, held_s) == wait_s


def test_an_estimate_goes_by_the_last_talks_once_there_are_some() -> None:
    assert mean_held_s([1000] * 4) == 180
    assert mean_held_s([1000, 3000] * 3) == 2


@pytest.mark.parametrize(("wait_s", "minutes"), [(0, 1), (60, 1), (61, 2), (600, 10)])
def test_a_wait_is_said_in_minutes(wait_s: float, minutes: int) -> None:
    assert spoken_minutes(wait_s) == minutes


@pytest.mark.parametrize(
    ("on_duty", "waiting", "most", "why"), [(0, 0, 5, "closed"), (1, 5, 5, "full"), (1, 4, 5, None), (2, 0, 1, None)]
)
def test_who_may_wait(on_duty: int, waiting: int, most: int, why: str | None) -> None:
    assert refusal(on_duty, waiting, most) == why


@pytest.mark.parametrize(("now_ms", "left_s"), [(1000, 30), (16_000, 15), (31_000, 0), (99_000, 0)])
def test_the_time_in_a_line_counts_from_its_beginning(now_ms: int, left_s: float) -> None:
    assert remaining_s(1000, now_ms, 30) == left_s


@pytest.mark.parametrize(
    ("position", "on_duty", "left_s", "piece"),
    [(1, 1, 60, 1), (3, 1, 60, 4), (3, 2, 60, 1), (9, 2, 2.4, 2), (9, 2, 0, 1)],
)
def test_the_head_of_a_line_looks_more_often(position: int, on_duty: int, left_s: float, piece: int) -> None:
    assert piece_s(position, on_duty, left_s) == piece
