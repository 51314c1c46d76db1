"""What people search for, as Postgres finds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.domain.numbers import E164
from ivr.domain.searched import read_search
from ivr.ports.calls import CallFilter
from ivr.ports.dnc import DncFilter
from ivr.storage.postgres.calls import calls_wanted
from ivr.storage.postgres.stores import PostgresStores
from tests.storage.conftest import DOCUMENT, call, opt_out

MakeMenu = Callable[..., str]
DID, OTHER_DID = "+15125550147", "+442079460018"


@pytest.fixture
def menus(make_menu: MakeMenu) -> dict[str, str]:
    """Ids by name."""

    def make(name: str, *dids: str) -> str:
        return make_menu(*dids, document={**DOCUMENT, "name": name})

    names: dict[str, Any] = {"Peña & Sons Roofing": [DID], "24/7 Plumber": [OTHER_DID], "50%_off": []}
    return {name: make(name, *dids) for name, dids in names.items()}


FOUND = [
    ("(512) 555-0147", ["Peña & Sons Roofing"]),
    ("0147", ["Peña & Sons Roofing"]),
    ("555-01", ["Peña & Sons Roofing"]),
    ("+44 (0)20 7946 0018", ["24/7 Plumber"]),
    ("roofing pena", ["Peña & Sons Roofing"]),
    ("PEÑA", ["Peña & Sons Roofing"]),
    ("sons 0147", ["Peña & Sons Roofing"]),
    ("plumber 0147", []),
    ("24/7", ["24/7 Plumber"]),
    ("%", ["50%_off"]),
    ("_", ["50%_off"]),
    (" ", ["24/7 Plumber", "50%_off", "Peña & Sons Roofing"]),
    ("\0", []),
]


@pytest.mark.parametrize(("typed", "names"), FOUND)
def test_a_menu_is_found_by_its_words_in_any_order_and_by_its_number_as_people_write_it(
    stores: PostgresStores, menus: dict[str, str], typed: str, names: list[str]
) -> None:
    searched = read_search(typed, "US")
    assert sorted(each.name for each in stores.menus.list(search=searched).items) == names
    with_numbers = [name for name in names if name != "50%_off"]
    assert sorted(each.name for each in stores.menus.list_dids(search=searched).items) == with_numbers


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("(480) 555-1234", ["call_real", "call_test"]),
        ("1234", ["call_real", "call_test"]),
        ("0147", ["call_real"]),
        ("call_other", ["call_other"]),
        ("roofing", ["call_real"]),
        ("roofing 1234", ["call_real"]),
        ("roofing 9999", []),
    ],
)
def test_a_call_is_found_by_either_number_its_menu_or_its_id(
    stores: PostgresStores, menus: dict[str, str], typed: str, found: list[str]
) -> None:
    roofing = menus["Peña & Sons Roofing"]
    stores.calls.ended(call(call_id="call_real", did=E164(DID), ivr_id=roofing))
    stores.calls.ended(call(call_id="call_test", did=None, test=True))
    stores.calls.ended(call(call_id="call_other", did=None, ani=None))
    wanted = CallFilter(search=read_search(typed, "US"))
    assert sorted(each.call_id for each in stores.calls.list(wanted).items) == found
    assert stores.calls.count(wanted, at_most=10) == len(found)


def test_calls_are_counted_up_to_a_bound_and_test_calls_can_be_left_out(stores: PostgresStores) -> None:
    for number in range(4):
        stores.calls.ended(call(call_id=f"call_{number}", test=number == 3))
    assert [stores.calls.count(at_most=most) for most in (2, 4, 9)] == [2, 4, 4]
    assert stores.calls.count(CallFilter(test=False), at_most=9) == 3
    assert [each.call_id for each in stores.calls.list(CallFilter(test=True)).items] == ["call_3"]


def test_a_listed_number_is_found_by_a_part_of_it(stores: PostgresStores) -> None:
    for number in ("+14805551234", "+15125550147", None):
        stores.dnc.record(opt_out(number))
    found = stores.dnc.list(DncFilter(digits="0147")).items
    assert [each.number for each in found] == ["+15125550147"]


def test_calls_with_a_part_of_a_number_are_found_by_an_index_and_the_newest_come_first(
    stores: PostgresStores, database: str
) -> None:
    """Of many calls only those that have the digits are looked at; both ways of reading give the same page."""
    with stores.database.transaction(budget_s=60) as connection:
        connection.execute(
            "insert into call_record (call_id, channel_uuid, did, did_raw, ani, ani_raw, started_at)"
            " select 'call_' || n, 'u', '+14155550100', 'x', '+1480' || lpad((2000000 + n * 7)::text, 7, '0'), 'y',"
            " '2026-03-09Z'::timestamptz + n * interval '1 second' from generate_series(1, 3000) n"
        )
        connection.execute("analyze call_record")
    wanted = CallFilter(search=read_search("1400", "US"))
    found = stores.calls.list(wanted, limit=500)
    numbers = [2_000_000 + n * 7 for n in range(3000, 0, -1)]
    expected = [f"+1480{number}" for number in numbers if "1400" in f"+1480{number}"]
    assert [each.ani for each in found.items] == expected
    few = stores.calls.list(wanted, limit=1)
    second = stores.calls.list(wanted, limit=1, cursor=few.next_cursor)
    back = stores.calls.list(wanted, limit=1, cursor=second.previous_cursor)
    assert [each.ani for each in (*few.items, *second.items)] == expected[:2]
    assert back.items == few.items
    conditions, values = calls_wanted(wanted)
    with stores.database.transaction() as connection:
        # Each part of the condition has an index; of so few rows the planner would read all.
        connection.execute("set local enable_seqscan = off")
        plan = connection.execute(
            f"explain select 1 from call_record where {' and '.join(conditions)}",  # noqa: S608
            values,
        ).fetchall()
    said = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Bitmap Index Scan" in said
    assert "Seq Scan on call_record" not in said, said
