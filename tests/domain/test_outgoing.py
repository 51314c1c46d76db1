"""Calls that we make: the hours of a number, who is a machine, what a menu must say, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.variables import NOTHING_KNOWN
from ivr.domain.numbers import E164
from ivr.domain.outgoing.detector import LONGEST_HELLO_MS, Detector
from ivr.domain.outgoing.hours import DAYS, CallingHours, zones_of
from ivr.domain.outgoing.menu_rules import find_lacking
from ivr.domain.outgoing.model import NewOrder, Retries, order_of
from ivr.domain.outgoing_ticket import Outgoing
from ivr.domain.tickets import TICKET, Ticket, is_outgoing, new_outgoing_ticket, new_ticket, parse_ticket

PHOENIX, BOISE, LOS_ANGELES = map(ZoneInfo, ("America/Phoenix", "America/Boise", "America/Los_Angeles"))
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
OFFICE = CallingHours(time(9), time(20), DAYS[:5])


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+14805551234", ["America/Phoenix"]),
        ("+12085551234", ["America/Boise", "America/Los_Angeles"]),
        ("+4930123456", ["Europe/Berlin"]),
    ],
)
def test_a_number_has_every_zone_that_it_may_be_in(number: str, zones: list[str]) -> None:
    assert [zone.key for zone in zones_of(E164(number))] == zones


@pytest.mark.parametrize(
    ("hour", "minute", "zones", "hour_then"),
    [
        (16, 30, (PHOENIX,), 16),  # 09:30 there
        (12, 0, (PHOENIX,), 16),  # 05:00: at nine
        (15, 30, (BOISE, LOS_ANGELES), 16),  # 09:30 and 08:30: at nine in the western one
        (1, 30, (BOISE, LOS_ANGELES), 1),  # Sunday evening there, until Monday: see below
    ],
)
def test_the_next_moment_is_within_the_hours_of_every_zone(
    hour: int, minute: int, zones: tuple[ZoneInfo, ...], hour_then: int
) -> None:
    moment = MONDAY + timedelta(hours=hour, minutes=minute)
    when = OFFICE.next_allowed(moment, zones)
    assert when is not None
    assert when.hour == (16 if hour == 1 else hour_then)
    assert OFFICE.allow(when, zones)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([(PHOENIX,), (BOISE, LOS_ANGELES), (ZoneInfo("Asia/Kathmandu"),), (ZoneInfo("Pacific/Apia"),)]),
    st.integers(0, 1438),
    st.integers(1, 1439),
    st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_no_earlier_minute_would_have_been_allowed(
    moment: datetime, zones: tuple[ZoneInfo, ...], first: int, length: int, days: set[str]
) -> None:
    last = min(first + length, 1439)
    hours = CallingHours(time(first // 60, first % 60), time(last // 60, last % 60), tuple(days))
    when = hours.next_allowed(moment, zones)
    until = when or moment + timedelta(days=7)
    assert when is None or (when >= moment and hours.allow(when, zones))
    earlier = moment
    while earlier < until:
        assert not hours.allow(earlier, zones)
        earlier += timedelta(minutes=7)


def test_hours_in_zones_half_a_day_apart_have_no_moment() -> None:
    short = CallingHours(time(9), time(11))
    assert short.next_allowed(MONDAY, (PHOENIX, ZoneInfo("Asia/Tokyo"))) is None


def listened(*sounds: tuple[int, bool], tone_at_ms: int | None = None) -> tuple[Detector, int]:
    """A detector at its end; `sounds` are (milliseconds, whether there is sound), silence behind them."""
    edges, at = [], 0
    for ms, loud in sounds:
        at += ms
        edges.append((at, loud))
    detector, now = Detector(), 0
    while not detector.done:
        loud = next((loud for until, loud in edges if now < until), False)
        now += 40 if loud else 250
        detector.feed(now, heard=loud, tone=tone_at_ms is not None and now >= tone_at_ms)
    return detector, now


@pytest.mark.parametrize(
    ("sounds", "tone", "verdict"),
    [
        ([(300, False), (600, True)], None, "person"),
        ([(2000, True)], None, "person"),
        ([(500, True), (500, False), (500, True)], None, "person"),
        ([(4000, True)], None, "machine"),
        ([(1500, True), (400, False), (1500, True)], None, "machine"),
        ([(800, True), (300, False), (400, True)], 1300, "machine"),
        ([], None, "unknown"),
    ],
)
def test_who_speaks_on_or_beeps_is_a_machine(
    sounds: list[tuple[int, bool]], tone: int | None, verdict: str
) -> None:
    assert listened(*sounds, tone_at_ms=tone)[0].verdict == verdict


def test_a_message_begins_after_the_tone_or_after_two_seconds_of_silence() -> None:
    with_tone, at_ms = listened((4000, True), (1500, False), (400, True), tone_at_ms=5600)
    assert (with_tone.by_tone, 5900 <= at_ms <= 6500) == (True, True)
    without, at_ms = listened((4000, True), (1500, False), (400, True))
    assert (without.by_tone, 7900 <= at_ms <= 8500) == (False, True)


def test_a_greeting_without_an_end_is_spoken_to_in_the_end() -> None:
    assert listened((600_000, True))[1] < 61_000


def test_the_longest_hello_is_longer_than_a_name_is_said() -> None:
    assert 1960 < LONGEST_HELLO_MS < 2500


def menu(**nodes: Any) -> Any:
    return parse_menu({"name": "m", "nodes": nodes})


ASK = {"text": "This is Hill Roofing.", "gather": {"1": "bye", "9": "note"}}
NOTE = {"action": "request", "wait": False, "service": "crm", "send": ["caller"], "next": "out"}
REST: dict[str, Any] = {"note": NOTE, "out": {"action": "suppress"}, "bye": {"action": "hangup"}}


@pytest.mark.parametrize(
    ("made", "codes"),
    [
        (menu(ask=ASK, **REST), []),
        (menu(ask={**ASK, "gather": {"1": "bye"}}, **REST), ["no_opt_out"]),
        (menu(ask={**ASK, "gather": {"99": "out", "1": "bye"}}, **REST), ["no_opt_out"]),
        (menu(ask={**ASK, "text": "Hello."}, **REST), ["who_calls_not_said"]),
        (menu(hello={"text": "HILL roofing!", "next": "ask"}, ask={**ASK, "text": "Press 9."}, **REST), []),
        (menu(say={"action": "hangup", "text": "Hill Roofing called."}), ["no_opt_out"]),
        (menu(who={"switch": "call.answered_by", "case": {"machine": "say"}, "default": "ask"},
              say={"action": "hangup", "text": "We called."}, ask=ASK, **REST), ["who_calls_not_said"]),
        (menu(ask={**ASK, "text": "{call.first}"}, **REST), []),
    ],
)  # fmt: skip
def test_a_menu_for_calls_offers_the_opt_out_first_and_says_who_calls(made: Any, codes: list[str]) -> None:
    known = NOTHING_KNOWN.keeping("call.first", "Hill Roofing here, press 9.", is_secret=False)
    assert [each.code for each in find_lacking(made, "Hill Roofing", known)] == codes


@pytest.mark.parametrize(
    ("result", "attempts", "wait_s"),
    [
        ("busy", 1, 60), ("no_answer", 1, 900), ("unreachable", 2, 900), ("busy", 3, None), ("answered", 1, None),
        ("declined", 1, None), ("refused", 1, None), ("hung_up", 1, None),
    ],
)  # fmt: skip
def test_it_is_tried_again_where_that_may_help(result: str, attempts: int, wait_s: int | None) -> None:
    assert Retries(3, 60, 900).wait_s(result, attempts) == wait_s


def test_an_order_and_its_ticket_are_read_as_they_were_written() -> None:
    columns: dict[str, Any] = {
        "order_id": "out_1", "to": E164("+14805550123"), "trunk": "carrier", "ivr_id": "ivr_a", "actor": "Ada",
        "not_before": MONDAY, "until": MONDAY,
    }  # fmt: skip
    order = NewOrder(**columns, variables={"call.id": 7}, hours=OFFICE, lists=("a",), retries=Retries(2))
    assert order_of(columns, order.to_json()) == order
    ticket = Ticket("ivr_a:7", E164("+14155550100"), Outgoing("out_1", {"call.id": 7}, False))
    assert parse_ticket(ticket.to_json()) == ticket
    assert TICKET.fullmatch(new_outgoing_ticket())
    assert (is_outgoing(new_outgoing_ticket()), is_outgoing(new_ticket())) == (True, False)
    with pytest.raises(ValueError, match="a part missing"):
        parse_ticket('{"pointer": "ivr_a:7", "did": null, "outgoing": {}}')
