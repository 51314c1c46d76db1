"""/hours: what is answered, what is refused, and what they say at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
import redis

from admin.hours.service import HoursService
from admin.http.services import Services
from admin.wiring import Stores
from ivr.domain.hours.holiday_dates import years_kept
from ivr.domain.hours.model import DAYS
from keeper.holidays import renew_dates
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_DID

OFFICE: dict[str, Any] = {
    "name": "office",
    "zone": "America/New_York",
    "week": {day: ["09:00-12:00", "13:00-17:00"] for day in DAYS[:5]},
    "overrides": [{"date": "2026-12-24", "open": ["09:00-11:00"], "label": "Christmas Eve"}],
    "holidays": [{"country": "US", "subdivision": "NY", "skip": ["Columbus Day"]}],
}
BARE = {"name": "bare", "zone": "UTC"}


@pytest.fixture
def office(api: Api) -> dict[str, Any]:
    made = api("POST", "/hours", OFFICE)
    assert made.status_code == 201, made.text
    return dict(made.json or {})


def still(hours: Any) -> dict[str, Any]:
    return {name: value for name, value in hours.items() if name != "state"}


def test_hours_are_answered_whole_with_the_dates_of_their_holidays(api: Api, office: dict[str, Any]) -> None:
    assert office["week"] == {**OFFICE["week"], "sat": [], "sun": []}
    assert office["overrides"] == [
        {
            "date": "2026-12-24",
            "last_date": "2026-12-24",
            "open": ["09:00-11:00"],
            "label": "Christmas Eve",
            "holiday": False,
        }
    ]
    assert office["holidays"] == [
        {"country": "US", "subdivision": "NY", "observed": True, "skip": ["Columbus Day"]}
    ]
    years = {each["date"][:4] for each in office["holiday_dates"]}
    assert years == {str(year) for year in years_kept(datetime.now(UTC).date())}
    names = {each["name"] for each in office["holiday_dates"]}
    assert "Thanksgiving Day" in names
    assert "Columbus Day" not in names
    assert office["closure"] is None
    assert still(api("GET", "/hours/office").json) == still(office)
    assert [still(each) for each in api("GET", "/hours").json["items"]] == [still(office)]


def test_a_week_that_is_not_given_is_closed(api: Api) -> None:
    made = api("POST", "/hours", BARE).json
    assert made["week"] == {day: [] for day in DAYS}
    names = ("value", "reason", "next_change", "opens_at")
    assert [made["state"][name] for name in names] == ["closed", "week", None, None]


@pytest.mark.parametrize(
    ("at", "value", "reason", "label", "change", "opens"),
    [
        ("2026-03-09T09:30", "open", "week", None, "2026-03-09T16:00:00.000Z", None),
        ("2026-03-09T13:30:00Z", "open", "week", None, "2026-03-09T16:00:00.000Z", None),
        ("2026-03-09T09:30:00-04:00", "open", "week", None, "2026-03-09T16:00:00.000Z", None),
        ("2026-03-09T12:00", "closed", "week", None, "2026-03-09T17:00:00.000Z", "2026-03-09T17:00:00.000Z"),
        ("2026-12-24T10:59", "open", "override", "Christmas Eve", "2026-12-24T16:00:00.000Z", None),
        (
            *("2026-11-26T10:00", "holiday", "holiday", "Thanksgiving Day"),
            *("2026-11-27T05:00:00.000Z", "2026-11-27T14:00:00.000Z"),
        ),
        (
            *("1999-11-25T10:00", "holiday", "holiday", "Thanksgiving Day"),
            *("1999-11-26T05:00:00.000Z", "1999-11-26T14:00:00.000Z"),
        ),
        ("2026-10-12T10:00", "open", "week", None, "2026-10-12T16:00:00.000Z", None),
    ],
)
@pytest.mark.usefixtures("office")
def test_hours_say_what_they_are_at_a_time(
    api: Api, at: str, value: str, reason: str, label: str | None, change: str, opens: str | None
) -> None:
    state = api("GET", "/hours/office", query_string={"at": at}).json["state"]
    found = (state["value"], state["reason"], state["label"], state["next_change"]["at"], state["opens_at"])
    assert found == (value, reason, label, change, opens)


@pytest.mark.parametrize(
    "at",
    ["now", "2026-02-30T10:00", "2026-03-09", "1969-12-31T23:59", "2200-01-01T00:00", "2026-03-09T10:00:00 01:00"],
)
@pytest.mark.usefixtures("office")
def test_a_time_that_there_is_none_of_is_refused(api: Api, at: str) -> None:
    refused = api("GET", "/hours/office", query_string={"at": at})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == ["/query/at"]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"name": "a b"}, ["/name"]),
        ({"zone": "Mars/Olympus"}, ["/zone"]),
        ({"zone": "localtime"}, ["/zone"]),
        ({"zone": 1}, ["/zone"]),
        ({"week": {"mon": ["9-17"]}}, ["/week/mon/0"]),
        ({"week": {"mon": ["09:00-09:00"], "tue": ["09:00-12:00", "11:00-13:00"]}}, ["/week/mon/0", "/week/tue"]),
        ({"week": {"monday": []}}, ["/week/monday"]),
        ({"week": {"mon": ["09:00-10:00"] * 9}}, ["/week/mon"]),
        ({"overrides": [{"date": "24.12.2026"}]}, ["/overrides/0/date"]),
        ({"overrides": [{"date": "2026-02-29"}]}, ["/overrides/0/date"]),
        ({"overrides": [{"date": "2026-03-02", "last_date": "2026-03-01"}]}, ["/overrides/0/last_date"]),
        ({"overrides": [{"date": "2026-03-02"}, {"date": "2026-03-02"}]}, ["/overrides/1/date"]),
        ({"overrides": [{"date": "2026-03-02", "label": "\u202e"}]}, ["/overrides/0/label"]),
        ({"holidays": [{"country": "us"}]}, ["/holidays/0/country"]),
        ({"holidays": [{"country": "XX"}]}, ["/holidays/0/country"]),
        ({"holidays": [{"country": "US", "subdivision": "BY"}]}, ["/holidays/0/subdivision"]),
        ({"holidays": [{"country": "US", "skip": ["Doomsday"]}]}, ["/holidays/0/skip/0"]),
        ({"closure": None}, ["/closure"]),
    ],
)
def test_each_fault_is_named_and_nothing_is_made(api: Api, changes: dict[str, Any], pointers: list[str]) -> None:
    refused = api("POST", "/hours", {**OFFICE, **changes})
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json["errors"]] == pointers
    assert api("GET", "/hours").json["items"] == []


@pytest.mark.usefixtures("office")
def test_a_name_is_taken_once(api: Api) -> None:
    again = api("POST", "/hours", OFFICE)
    assert (again.status_code, again.json["code"]) == (409, "hours_taken")
    assert [each["pointer"] for each in again.json["errors"]] == ["/name"]


@pytest.mark.usefixtures("office")
def test_a_change_keeps_what_it_does_not_name_and_a_replacement_does_not(api: Api) -> None:
    changed = api("PATCH", "/hours/office", {"week": {"sat": ["10:00-14:00"]}}).json
    assert changed["week"] == {**{day: [] for day in DAYS}, "sat": ["10:00-14:00"]}
    assert (changed["zone"], len(changed["overrides"]), len(changed["holidays"])) == ("America/New_York", 1, 1)
    moved = api("PATCH", "/hours/office", {"zone": "Europe/Berlin", "holidays": [{"country": "DE"}]}).json
    assert (moved["zone"], moved["week"]["sat"]) == ("Europe/Berlin", ["10:00-14:00"])
    assert "German Unity Day" in {each["name"] for each in moved["holiday_dates"]}
    replaced = api("PUT", "/hours/office", {"zone": "UTC"}).json
    assert [replaced[name] for name in ("overrides", "holidays", "holiday_dates")] == [[], [], []]
    assert replaced["week"]["sat"] == []


@pytest.mark.usefixtures("office")
def test_a_change_with_a_fault_leaves_the_hours_as_they_are(api: Api) -> None:
    before = still(api("GET", "/hours/office").json)
    refused = api("PATCH", "/hours/office", {"holidays": [{"country": "US", "skip": ["Doomsday"]}]})
    assert [each["pointer"] for each in refused.json["errors"]] == ["/holidays/0/skip/0"]
    assert api("PUT", "/hours/office", {"zone": "Mars/Olympus"}).status_code == 422
    assert still(api("GET", "/hours/office").json) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"zone": "UTC"}),
        ("PATCH", "", {"zone": "UTC"}),
        ("DELETE", "", None),
        ("PUT", "/closure", {}),
        ("DELETE", "/closure", None),
    ],
)
@pytest.mark.parametrize("name", ["nothing", "a b", "%24%7Bx%7D"])
def test_hours_that_are_not_there_are_not_found(api: Api, method: str, path: str, body: Any, name: str) -> None:
    answer = api(method, f"/hours/{name}{path}", body)
    assert (answer.status_code, answer.json["code"]) == (404, "hours_not_found")


def test_closed_by_hand_counts_at_once_until_its_end_and_outlives_changes(api: Api, office: dict[str, Any]) -> None:
    always = {day: ["00:00-24:00"] for day in DAYS}
    api("PUT", "/hours/office", {"zone": "UTC", "week": always})
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    closed = api("PUT", "/hours/office/closure", {"until": until, "label": "Storm"}).json
    assert (closed["closure"]["until"], closed["closure"]["label"]) == (until, "Storm")
    assert closed["state"] | {"at": ""} == {
        "at": "",
        "value": "closed",
        "reason": "by_hand",
        "label": "Storm",
        "next_change": {"at": until, "value": "open"},
        "opens_at": until,
    }
    api("PUT", "/hours/office", {"zone": "UTC", "week": always})
    longer = api("PUT", "/hours/office/closure", {}).json
    assert longer["closure"] == {"since": closed["closure"]["since"], "until": None, "label": None}
    assert (longer["state"]["value"], longer["state"]["next_change"]) == ("closed", None)
    opened = api("DELETE", "/hours/office/closure").json
    assert (opened["closure"], opened["state"]["value"]) == (None, "open")
    assert api("DELETE", "/hours/office/closure").status_code == 200


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "tomorrow"])
@pytest.mark.usefixtures("office")
def test_a_closure_that_is_over_or_never_ends_is_refused(api: Api, until: str) -> None:
    refused = api("PUT", "/hours/office/closure", {"until": until})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/until")
    assert api("GET", "/hours/office").json["closure"] is None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"zone": "UTC"}),
        ("PATCH", "", {"zone": "UTC"}),
        ("DELETE", "", None),
        ("PUT", "/closure", {}),
        ("DELETE", "/closure", None),
    ],
)
@pytest.mark.usefixtures("office")
def test_no_change_is_made_over_a_state_that_was_not_seen(api: Api, method: str, path: str, body: Any) -> None:
    tag = api("GET", "/hours/office").headers["ETag"]
    other = api("PATCH", "/hours/office", {"zone": "Europe/Berlin"}).headers["ETag"]
    refused = api(method, f"/hours/office{path}", body, headers={"If-Match": tag})
    assert (refused.status_code, refused.json["code"], refused.headers["ETag"]) == (412, "version_replaced", other)
    assert api("GET", "/hours/office").headers["ETag"] == other
    assert api(method, f"/hours/office{path}", body, headers={"If-Match": other}).status_code in (200, 204)


@pytest.mark.usefixtures("office")
def test_a_change_is_refused_while_it_could_not_reach_calls(api: Api, stores: Stores) -> None:
    before = still(api("GET", "/hours/office").json)
    with patch.object(stores.cache._redis, "ping", side_effect=redis.ConnectionError("away")):
        changes = (("POST", "", {**OFFICE, "name": "b"}), ("PATCH", "/office", {"zone": "UTC"}))
        for method, path, body in (*changes, ("PUT", "/office/closure", {}), ("DELETE", "/office", None)):
            refused = api(method, f"/hours{path}", body)
            assert (refused.status_code, refused.json["code"]) == (503, "cache_unavailable")
    assert still(api("GET", "/hours/office").json) == before


@pytest.mark.usefixtures("office")
def test_every_change_is_in_the_audit_log(api: Api) -> None:
    api("PATCH", "/hours/office", {"zone": "UTC"})
    api("PATCH", "/hours/office", {"zone": "UTC"})
    api("PUT", "/hours/office/closure", {"label": "Storm"})
    assert api("DELETE", "/hours/office").status_code == 204
    entries = api("GET", "/audit?subject=hours/office").json["items"]
    assert [each["action"] for each in entries] == ["hours.delete", "hours.change", "hours.change", "hours.create"]
    assert (entries[2]["before"]["zone"], entries[2]["after"]["zone"]) == ("America/New_York", "UTC")
    assert entries[1]["after"]["closure"]["label"] == "Storm"
    assert api("GET", "/hours/office").status_code == 404


@pytest.mark.usefixtures("office")
def test_the_keeper_adds_the_holidays_of_another_year_and_no_etag_changes(api: Api, stores: Stores) -> None:
    api("POST", "/hours", BARE)
    today = datetime.now(UTC).date()
    before = api("GET", "/hours/office")
    assert renew_dates(stores.postgres.hours, today) == []
    assert renew_dates(stores.postgres.hours, date(today.year + 1, 1, 1)) == ["office"]
    after = api("GET", "/hours/office")
    assert {each["date"][:4] for each in after.json["holiday_dates"]} >= {str(today.year + 3)}
    assert after.headers["ETag"] == before.headers["ETag"]
    assert api("GET", "/audit?subject=hours/office").json["items"][0]["actor"] == "digitree"


MENU = {
    "name": "m",
    "nodes": {
        "when": {"switch": "hours:office", "case": {"open": "bye"}, "default": "bye"},
        "bye": {"action": "hangup"},
    },
}


def test_a_menu_warns_of_hours_that_are_not_there_until_they_are(api: Api) -> None:
    menu = api.create(MENU)

    def warned() -> list[str]:
        return [each["code"] for each in api("GET", f"/ivr/{menu}").json["warnings"]]

    assert "hours_not_found" in warned()
    api("POST", "/hours", OFFICE)
    assert "hours_not_found" not in warned()
    assert api("GET", f"/ivr/{menu}").json["version"] == 2
    refused = api("DELETE", "/hours/office")
    assert (refused.status_code, refused.json["code"]) == (409, "hours_in_use")
    assert menu in refused.json["detail"]
    assert api("DELETE", "/hours/office?force=true").status_code == 204
    assert "hours_not_found" in warned()


def test_a_closure_is_in_the_next_call_of_a_live_menu(
    api: Api, cached: Callable[[str], str | None], office: dict[str, Any]
) -> None:
    menu = api.create(MENU)
    api("POST", f"/ivr/{menu}/assign", {"did": PAGE_DID})

    def published() -> Any:
        pointer = cached(f"did:{PAGE_DID}")
        return json.loads(cached(f"tree:{pointer}") or "{}")["hours"]["office"]

    assert published()["closure"] is None
    api("PUT", "/hours/office/closure", {"label": "Storm"})
    assert published()["closure"]["label"] == "Storm"
    assert published()["holiday_dates"] == office["holiday_dates"]
    api("DELETE", "/hours/office/closure")
    assert published()["closure"] is None


def test_holidays_beyond_those_that_are_stored_are_looked_up(stores: Stores, services: Services, api: Api) -> None:
    api("POST", "/hours", OFFICE)
    service = services.get(HoursService)
    stored = stores.postgres.hours.find("office")
    assert stored is not None
    with patch("admin.hours.service.with_dates") as expanded:
        assert service.at(stored.hours, datetime.now(UTC)) is stored.hours
    expanded.assert_not_called()
    far = service.at(stored.hours, datetime(2040, 6, 1, tzinfo=UTC))
    assert {on.year for on in far.holiday_dates} == {2039, 2040, 2041, 2042}
