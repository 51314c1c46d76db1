"""What people search for, as Postgres finds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivr.domain.numbers import E164
from ivr.domain.searched import read_search
from ivr.ports.calls import CallFilter
from ivr.ports.dnc import DncFilter
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
