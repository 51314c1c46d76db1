"""Short texts that go through Redis or a channel and come back: tickets, orders, live calls, ids."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NewType

import pytest

from ivr.domain.call_records import CallRecord, find_time_of_id, new_id, utc_now
from ivr.domain.errors import InvalidNumber
from ivr.domain.live_calls import LiveCall, LivePhase, decode_live, encode_live
from ivr.domain.numbers import E164
from ivr.domain.orders import MAX_CHARS, decode_order, encode_order
from ivr.domain.tickets import TICKET, Ticket, is_draft, new_draft_id, new_ticket, parse_ticket
from ivr.domain.typed_records import require_types

AT = datetime(2026, 3, 9, 12, 0, 0, 123000, tzinfo=UTC)
SECRET = b"s" * 64


@pytest.mark.parametrize(
    "ticket",
    [Ticket("ivr_a:7"), Ticket("ivr_a:7", E164("+14155550100")), Ticket("ivr_a:7", language="pt-BR")],
)
def test_a_ticket_goes_into_its_text_and_back(ticket: Ticket) -> None:
    assert parse_ticket(ticket.to_json()) == ticket
    assert parse_ticket(ticket.to_json().encode()) == ticket
    assert '"pointer": "ivr_a:7"' in ticket.to_json()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "part missing: KeyError"), ('{"pointer": "a"}', "part missing: KeyError"),
        ("[]", "part missing: TypeError"), ('{"pointer": 1, "did": null}', "no text"),
        ('{"pointer": "a", "did": 14155550100}', "no text"), ("x", "Expecting value"),
        ('{"pointer": "a", "did": "4155550100"}', "4155550100 is not written as"),
    ],
)  # fmt: skip
def test_what_is_no_ticket_is_refused(text: str, why: str) -> None:
    with pytest.raises((ValueError, InvalidNumber), match=why):
        parse_ticket(text)


def test_tickets_and_drafts_are_random_and_known_by_their_form() -> None:
    assert TICKET.fullmatch(new_ticket())
    assert new_ticket() != new_ticket()
    assert re.fullmatch(r"ivr_draft[0-9a-f]{32}", new_draft_id())
    assert new_draft_id() != new_draft_id()
    assert is_draft(new_draft_id())
    assert not is_draft(None)
    assert not is_draft("ivr_a")


def test_an_order_counts_on_its_channel_alone() -> None:
    order = encode_order("area", "once", "channel-1", SECRET)
    assert re.fullmatch("area;once;[0-9a-f]{32}", order)
    assert decode_order(order, "channel-1", SECRET) == "area"
    assert decode_order(order, "channel-2", SECRET) is None
    assert decode_order(order, "channel-1", b"t" * 64) is None
    assert decode_order(order.replace("area", "dnc"), "channel-1", SECRET) is None
    assert decode_order(order.replace("once", "again"), "channel-1", SECRET) is None
    assert decode_order("", "channel-1", SECRET) is None
    assert decode_order(order[:-1] + "\u00e9", "channel-1", SECRET) is None


def test_the_node_of_an_order_ends_at_its_first_semicolon() -> None:
    assert decode_order(encode_order("area", "a;b", "u", SECRET), "u", SECRET) == "area"


def test_now_is_told_in_utc() -> None:
    assert utc_now().tzinfo is UTC


def test_an_order_is_short_and_names_a_node() -> None:
    room = MAX_CHARS - len(encode_order("area", "", "u", SECRET))
    assert decode_order(encode_order("area", "x" * room, "u", SECRET), "u", SECRET) == "area"
    assert decode_order(encode_order("area", "x" * (room + 1), "u", SECRET), "u", SECRET) is None
    assert decode_order(encode_order("no node", "x", "u", SECRET), "u", SECRET) is None


def test_only_the_first_64_bytes_of_a_secret_count_and_all_of_them_do() -> None:
    order = encode_order("area", "once", "u", SECRET + b"more")
    assert decode_order(order, "u", SECRET) == "area"
    assert decode_order(order, "u", SECRET[:63]) is None


def test_a_channel_with_half_a_character_in_its_name_gets_its_order_all_the_same() -> None:
    assert decode_order(encode_order("area", "once", "u\ud800", SECRET), "u\ud800", SECRET) == "area"


@pytest.mark.parametrize("phase", ["asking", "bridging", "talking", "ending"])
@pytest.mark.parametrize("known", [True, False])
def test_a_live_call_goes_into_its_text_and_back(phase: LivePhase, known: bool) -> None:
    did, ani = (E164("+14155550100"), E164("+14805551234")) if known else (None, None)
    record = CallRecord("call_1", "u", did, "x", ani, "y", AT, "ivr_a", 7, take_overs=2)
    started_ms = int(AT.timestamp() * 1000)
    assert decode_live("call_1", encode_live(record, "area", phase, started_ms + 5)) == LiveCall(
        "call_1", "u", did, ani, "ivr_a", 7, "area", phase, started_ms, started_ms + 5, 2
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("u;;;i;1;n;dreaming;1;2;0", "not a phase of a call: 'dreaming'"),
        ("u", "not enough values"),
        ("u;;;i;x;n;asking;1;2;0", "invalid literal"),
    ],
)
def test_a_text_that_is_no_live_call_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode_live("call_1", text)


def test_an_id_says_when_it_was_made() -> None:
    before = utc_now()
    made = find_time_of_id(new_id("call"))
    assert made is not None
    assert made.tzinfo is UTC
    assert int(before.timestamp() * 1000) <= int(made.timestamp() * 1000) <= int(utc_now().timestamp() * 1000)
    assert find_time_of_id("call_a_0199e0c3a5b1" + "0" * 20) == datetime(2025, 10, 14, 3, 29, 2, 385000, UTC)


@pytest.mark.parametrize("other", ["", "call_1", "call_" + "g" * 32, "call_" + "f" * 32, "call_" + "0" * 33])
def test_an_id_that_is_not_ours_has_no_time(other: str) -> None:
    assert find_time_of_id(other) is None


Name = NewType("Name", str)


@dataclass
class Sample:
    number: int
    name: Name
    word: Literal["a", "b"]
    maybe: float | None
    items: list[str]


@pytest.mark.parametrize(
    "sample", [Sample(2**31 - 1, Name("n"), "a", None, []), Sample(1 - 2**31, Name(""), "b", 1.5, ["x"])]
)
def test_a_record_with_the_declared_types_passes(sample: Sample) -> None:
    require_types(sample)


@pytest.mark.parametrize(
    ("field", "value", "error", "why"),
    [
        ("number", "1", TypeError, "number is str"), ("number", True, TypeError, "number is bool"),
        ("number", 2**31, ValueError, "number is out of range"), ("number", -(2**31), ValueError, "number is out"),
        ("name", 1, TypeError, "name is int"), ("word", None, TypeError, "word is NoneType"),
        ("maybe", 1, TypeError, "maybe is int"), ("items", (), TypeError, "items is tuple"),
    ],
)  # fmt: skip
def test_a_record_with_another_type_is_refused(field: str, value: object, error: type[Exception], why: str) -> None:
    sample = Sample(1, Name("n"), "a", None, [])
    setattr(sample, field, value)
    with pytest.raises(error, match=why):
        require_types(sample)
