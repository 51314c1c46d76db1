"""/dnc: the do-not-call list."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from admin.wiring import Stores
from ivr.domain.dnc.events import OptOut
from ivr.domain.numbers import E164
from tests.admin.conftest import Api

NUMBER = "+14805551234"


def press_nine(stores: Stores, event: str, number: str | None, raw: str) -> None:
    stores.postgres.dnc.record(
        OptOut(
            event_id=event,
            number=E164(number) if number else None,
            number_raw=raw,
            source="ani",
            pressed_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
            call_id="call_1",
            did="+14155559876",
            ivr_id="ivr_abc123",
            ivr_version=3,
            node="dnc",
            key="9",
            ms_into_question=812,
        )
    )


def test_a_number_added_by_hand_is_on_the_list(api: Api) -> None:
    added = api("POST", "/dnc", {"number": NUMBER})
    assert added.status_code == 201
    assert added.headers["Location"] == f"/dnc/{NUMBER}"
    assert added.json["number"] == NUMBER
    assert added.json["effective_at"] < added.json["must_honour_by"]
    again = api("POST", "/dnc", {"number": NUMBER, "source": "import"})
    assert again.status_code == 200
    assert again.json["source"] == "api", "the first opt-out put it on the list"
    assert [event["source"] for event in again.json["events"]] == ["api", "import"]
    assert len(api("GET", "/dnc").json["items"]) == 1


def test_who_added_it_is_kept(api: Api) -> None:
    (event,) = api("POST", "/dnc", {"number": NUMBER}).json["events"]
    assert event["actor"].startswith("key_")


@pytest.mark.parametrize("written", [NUMBER, "%2B14805551234"])
def test_one_number_is_found_however_its_plus_is_written(api: Api, stores: Stores, written: str) -> None:
    press_nine(stores, "optout_1", NUMBER, "4805551234")
    entry = api("GET", f"/dnc/{written}").json
    assert (entry["number"], entry["number_raw"], entry["source"]) == (NUMBER, "4805551234", "ani")
    (event,) = entry["events"]
    assert (event["key"], event["node"], event["ivr_version"], event["ms_into_question"]) == ("9", "dnc", 3, 812)
    assert event["pressed_at"] == "2026-03-09T12:00:00.000Z"


def test_a_number_that_is_not_on_the_list_is_404(api: Api) -> None:
    response = api("GET", f"/dnc/{NUMBER}")
    assert (response.status_code, response.json["code"]) == (404, "not_suppressed")
    assert api("GET", "/dnc/+1000000").status_code == 404
    assert api("GET", "/dnc/4805551234").status_code == 404
    assert api("GET", "/dnc/5551234").status_code == 422


def test_the_export_is_safe_in_a_spreadsheet(api: Api, stores: Stores) -> None:
    press_nine(stores, "optout_1", NUMBER, NUMBER)
    hostile = ['=HYPERLINK("http://x")', "+1-2", "@SUM(A1)", "-1", 'a,b\n"c"', "\t=1"]
    for index, raw in enumerate(hostile):
        press_nine(stores, f"optout_h{index}", None, raw)
    response = api("GET", "/dnc.csv")
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="dnc.csv"'
    head, *rows = csv.reader(io.StringIO(response.text, newline=""))
    assert head[:2] == ["number", "number_as_received"]
    assert [NUMBER, NUMBER] in [row[:2] for row in rows]
    cells = {row[1] for row in rows} - {NUMBER}
    assert cells == {"'" + raw if raw[0] in "=+@-\t" else raw for raw in hostile}


def test_the_export_streams_more_than_one_page(api: Api, stores: Stores) -> None:
    for index in range(1005):
        press_nine(stores, f"optout_{index}", f"+1480555{index:04}", "")
    assert api("GET", "/dnc.csv").text.count("\r\n") == 1006


def test_the_list_is_pages_newest_first(api: Api) -> None:
    numbers = [f"+1480555123{index}" for index in range(3)]
    for number in numbers:
        api("POST", "/dnc", {"number": number})
    first = api("GET", "/dnc?limit=2").json
    second = api("GET", f"/dnc?limit=2&cursor={first['next_cursor']}").json
    assert [each["number"] for each in first["items"] + second["items"]] == numbers[::-1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": 7},
        {"number": "5551234"},
        {"number": "+1000000"},
        {"number": NUMBER, "source": "ani"},
        {"number": NUMBER, "note": "x"},
        [],
    ],
)
def test_what_is_no_opt_out_is_refused(api: Api, body: object) -> None:
    assert api("POST", "/dnc", body).status_code == 422
    assert api("GET", "/dnc").json["items"] == []


def test_the_list_is_filtered_by_source_and_time(api: Api, stores: Stores) -> None:
    press_nine(stores, "optout_1", NUMBER, NUMBER)
    api("POST", "/dnc", {"number": "+14805550000"})

    def found(query: str) -> list[str]:
        return [each["number"] for each in api("GET", f"/dnc?{query}").json["items"]]

    assert found("source=ani") == [NUMBER]
    assert found("source=api") == ["+14805550000"]
    assert found("until=2026-03-09T12:00:01Z") == [NUMBER]
    assert found("since=2026-03-09T12:00:01Z") == ["+14805550000"]
    assert found("source=ani&since=2026-03-09T12:00:01Z") == []
    assert api("GET", "/dnc?source=x").status_code == 422


def test_numbers_of_a_list_are_found_by_a_part_and_a_text_without_digits_is_refused(api: Api) -> None:
    for number in ("+14805550155", "+14805550166"):
        api("POST", "/dnc", {"number": number})
    assert [each["number"] for each in api("GET", "/dnc?search=0166").json["items"]] == ["+14805550166"]
    refused = api("GET", "/dnc?search=hill")
    assert refused.status_code == 422
    [error] = refused.json["errors"]
    assert (error["pointer"], error["code"]) == ("/query/search", "invalid_search")
