"""/people: who is kept, who is on duty, and what calls read of them."""

from __future__ import annotations

from typing import Any

import pytest

from admin.wiring import Stores
from ivr.domain.people.table import parse_table
from ivr.secrets import signed_values
from ivr.settings import Settings
from ivr.storage.redis.people import PeopleReader
from tests.admin.conftest import Api

ANN = {"name": "ann", "address": "+14155552671", "groups": ["office", "office", "desk"], "place": 20}
BEN = {"name": "ben", "address": "sip:ben@192.0.2.20", "groups": ["office"], "duty": "off"}


def test_a_person_is_added_changed_and_deleted(api: Api) -> None:
    made = api("POST", "/people", ANN)
    assert made.status_code == 201
    assert made.headers["Location"] == "/people/ann"
    assert made.json["groups"] == ["office", "desk"]
    assert (made.json["duty"], made.json["on_duty"]) == ("on", True)
    changed = api("PATCH", "/people/ann", {"duty": "off"}, headers={"If-Match": made.headers["ETag"]})
    assert (changed.json["on_duty"], changed.json["address"]) == (False, "+14155552671")
    assert api("PATCH", "/people/ann", {"duty": "on"}, headers={"If-Match": made.headers["ETag"]}).status_code == 412
    assert api("GET", "/people/ann").json["on_duty"] is False
    assert api("DELETE", "/people/ann").status_code == 204
    assert api("GET", "/people/ann").json["code"] == "person_not_found"


def test_people_are_listed_by_their_groups(api: Api) -> None:
    api("POST", "/people", ANN)
    api("POST", "/people", BEN)
    assert [each["name"] for each in api("GET", "/people").json["items"]] == ["ann", "ben"]
    assert [each["name"] for each in api("GET", "/people?group=desk").json["items"]] == ["ann"]
    assert api("POST", "/people", ANN).json["code"] == "person_taken"


@pytest.mark.parametrize(
    ("change", "pointer", "words"),
    [
        ({"address": "+19005551234"}, "/address", "premium-rate"),
        ({"address": "ann"}, "/address", "telephone number"),
        ({"duty": "hours"}, "/hours", "needs the name"),
        ({"duty": "hours", "hours": "gone"}, "/hours", "no opening hours gone"),
        ({"groups": ["a b"]}, "/groups/0", "letters, digits"),
    ],
)
def test_what_is_wrong_is_said_in_words(api: Api, change: dict[str, Any], pointer: str, words: str) -> None:
    refused = api("POST", "/people", {**ANN, **change})
    assert refused.status_code == 422
    (problem,) = refused.json["errors"]
    assert problem["pointer"] == pointer
    assert words in problem["message"]


def test_duty_by_hours_is_that_of_the_moment(api: Api) -> None:
    assert api("POST", "/hours", {"name": "never", "zone": "UTC"}).status_code == 201
    made = api("POST", "/people", {**ANN, "duty": "hours", "hours": "never"})
    assert (made.json["on_duty"], made.json["hours"]) == (False, "never")
    assert api("PATCH", "/people/ann", {"duty": "on"}).json["on_duty"] is True


def test_a_menu_is_warned_of_a_group_that_nobody_is_in(api: Api) -> None:
    menu = {"name": "m", "nodes": {"ring": {"action": "transfer", "people": "office"}}}
    (warning,) = api("POST", "/ivr", menu).json["warnings"]
    assert (warning["code"], warning["pointer"]) == ("group_empty", "/nodes/ring/people")
    api("POST", "/people", BEN)
    assert api("POST", "/ivr", menu).json["warnings"] == []


def test_calls_read_a_change_at_once_with_the_hours_of_duty(api: Api, stores: Stores, settings: Settings) -> None:
    api("POST", "/hours", {"name": "never", "zone": "UTC"})
    api("POST", "/people", {**ANN, "duty": "hours", "hours": "never"})
    api("POST", "/people", {**BEN, "duty": "on"})
    reader = PeopleReader(settings.redis_url, signed_values(settings))
    table = parse_table(reader.text())
    assert [each.name for each in table.on_duty("office", 0) or ()] == ["ben"]
    assert (table.on_duty("desk", 0), table.on_duty("gone", 0)) == ([], None)
    api("PATCH", "/people/ann", {"duty": "on"})
    assert [each.name for each in parse_table(reader.text()).on_duty("office", 0) or ()] == ["ann", "ben"]
    reader.note_talk("ann", 5)
    assert reader.idle_since(["ann", "ben"]) == [5, 0]
    reader.close()
    assert stores.postgres.people.groups() == {"desk": 1, "office": 2}


def test_duty_by_a_list_begins_and_ends_with_the_number_on_it(api: Api) -> None:
    by_list = {**ANN, "duty": "list"}
    for body, pointer in (
        (by_list, "/duty_list"),
        ({**by_list, "duty_list": "gone"}, "/duty_list"),
    ):
        assert [each["pointer"] for each in api("POST", "/people", body).json["errors"]] == [pointer]
    api("POST", "/lists", {"name": "on-duty"})
    refused = api("POST", "/people", {**BEN, "duty": "list", "duty_list": "on-duty"})
    assert [each["pointer"] for each in refused.json["errors"]] == ["/duty"]
    assert api("POST", "/people", {**by_list, "duty_list": "on-duty"}).json["on_duty"] is False
    api("PUT", "/lists/on-duty/numbers/+14155552671", {"days": 1})
    assert api("GET", "/people/ann").json["on_duty"] is True
    api("DELETE", "/lists/on-duty/numbers/+14155552671")
    assert api("GET", "/people/ann").json["on_duty"] is False
