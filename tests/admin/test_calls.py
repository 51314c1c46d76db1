"""/calls: call records."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.numbers import E164
from ivr.ports.pages import MAX_LIMIT
from ivr.storage.postgres.call_writes import write_calls
from tests.admin.conftest import Api

BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def calls(stores: Stores) -> None:
    for number in range(4):
        began = BEGAN + timedelta(minutes=number)
        stores.postgres.calls.ended(
            CallRecord(
                call_id=f"call_{number}",
                channel_uuid=f"uuid-{number}",
                did=E164("+14155550100"),
                did_raw="+14155550100",
                ani=None if number == 3 else E164(f"+1480555000{number}"),
                ani_raw="anonymous\n<x>" if number == 3 else f"+1480555000{number}",
                started_at=began,
                ivr_id="ivr_abc123",
                ivr_version=7,
                ended_at=began + timedelta(seconds=9),
                duration_ms=9000,
                outcome=Outcome.OPTED_OUT if number == 0 else Outcome.TRANSFERRED,
                hangup_cause="NORMAL_CLEARING",
                path=[Step("welcome", 1, "key", "9", 400, 1200, "0a.wav", 800)],
                hung_up_by="us",
                dtmf_type="info",
                verstat="passed_b",
                trunk="carrier",
            )
        )


@pytest.mark.usefixtures("calls")
def test_a_call_record_has_its_path_with_keys_and_milliseconds(api: Api) -> None:
    record = api("GET", "/calls/call_0").json
    assert record["id"] == "call_0"
    assert (record["did"], record["ani"]) == ("+14155550100", "+14805550000")
    assert (record["ivr_id"], record["ivr_version"]) == ("ivr_abc123", 7)
    assert record["path"] == [
        {
            "node": "welcome", "attempt": 1, "result": "key", "key": "9", "at_ms": 400, "ms": 1200,
            "prompt": "0a.wav", "prompt_ms": 800, "into_prompt_ms": 800, "ignored": None, "value": None,
            "heard": None,
        }
    ]  # fmt: skip
    assert (record["hung_up_by"], record["dtmf_type"], record["verstat"]) == ("us", "info", "passed_b")
    assert record["trunk"] == "carrier"
    assert (record["menu_ms"], record["talk_ms"]) == (9000, 0)
    assert (record["outcome"], record["duration_ms"]) == ("opted_out", 9000)
    assert record["started_at"] == "2026-03-09T12:00:00.000Z"


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1, 0]),
        ("outcome=opted_out", [0]),
        ("ani=%2B14805550001", [1]),
        ("did=%2B14155550100", [3, 2, 1, 0]),
        ("did=%2B14155550101", []),
        ("ivr_id=ivr_abc123&outcome=transferred", [3, 2, 1]),
        ("since=2026-03-09T12:01:00Z&until=2026-03-09T12:03:00Z", [2, 1]),
        ("since=2026-03-09T13:02:00%2B01:00", [3, 2]),
        ("search=(480)%20555-0001", [1]),
        ("search=0002&outcome=transferred", [2]),
        ("search=call_3", [3]),
        ("test=true", []),
        ("test=false&search=0100", [3, 2, 1, 0]),
    ],
)
def test_calls_are_filtered(api: Api, query: str, found: list[int]) -> None:
    items = api("GET", f"/calls?{query}").json["items"]
    assert [each["id"] for each in items] == [f"call_{number}" for number in found]


@pytest.mark.usefixtures("calls")
def test_calls_are_counted_when_that_is_asked(api: Api) -> None:
    assert api("GET", "/calls?outcome=transferred&limit=1").json["total"] is None
    assert api("GET", "/calls?outcome=transferred&limit=1&total=true").json["total"] == 3


@pytest.mark.usefixtures("calls")
def test_calls_are_pages(api: Api) -> None:
    first = api("GET", "/calls?limit=3").json
    second = api("GET", f"/calls?limit=3&cursor={first['next_cursor']}").json
    assert [each["id"] for each in first["items"] + second["items"]] == ["call_3", "call_2", "call_1", "call_0"]


@pytest.mark.parametrize(
    "query",
    [
        "outcome=x",
        "since=yesterday",
        "since=2026-03-09",
        "until=0.5",
        "ani=480555",
        "ivr_id=x",
        "since=2026-13-09T12:00:00Z",
    ],
)
def test_a_wrong_filter_is_422(api: Api, query: str) -> None:
    response = api("GET", f"/calls?{query}")
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == f"/query/{query.split('=')[0]}"


@pytest.mark.parametrize("call_id", ["call_nothing", "x", "%00", "call_" + "x" * 3000, "ü"])
def test_a_call_that_is_not_there_is_404(api: Api, call_id: str) -> None:
    assert api("GET", f"/calls/{call_id}").status_code == 404


def test_calls_as_csv_are_those_of_the_list(api: Api, calls: None) -> None:
    for query in ("", "?outcome=transferred", "?ani=%2B14805550002", "?since=2026-03-09T00:00:00Z"):
        listed = api("GET", f"/calls{query}").json["items"]
        answer = api("GET", f"/calls.csv{query}")
        assert answer.content_type == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="calls.csv"'
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(line["id"], line["outcome"], line["duration_ms"]) for line in lines] == [
            (each["id"], each["outcome"], str(each["duration_ms"])) for each in listed
        ]
    for wrong in ("?limit=1", "?outcome=nothing", "?did=555"):
        assert api("GET", f"/calls.csv{wrong}").status_code == 422


def test_calls_of_several_pages_are_one_csv_each_once(api: Api, stores: Stores) -> None:
    begin = datetime(2026, 3, 9, tzinfo=UTC)
    many = range(MAX_LIMIT * 2 + 7)
    with stores.postgres.database.transaction(budget_s=30) as connection:
        write_calls(connection, [(_record(f"call_{n:05d}", begin + timedelta(seconds=n)), "w") for n in many])
    lines = list(csv.DictReader(io.StringIO(api("GET", "/calls.csv").text)))
    assert [line["id"] for line in lines] == [f"call_{n:05d}" for n in reversed(many)]


def test_no_spreadsheet_runs_what_a_caller_wrote(api: Api, stores: Stores) -> None:
    for n, text in enumerate(['=HYPERLINK("http://x")', "+1-2", "@SUM(A1)", "-1", 'a,b\n"c"', "\t=1", "|calc"]):
        record = _record(f"call_{n}", datetime(2026, 3, 9, tzinfo=UTC) + timedelta(seconds=n))
        path = [Step("-x", 1, "key", "*", 1, 1)]
        stores.postgres.calls.ended(replace(record, ani_raw=text, did_raw=text, path=path))
    lines = list(csv.DictReader(io.StringIO(api("GET", "/calls.csv").text)))
    assert len(lines) == 7
    for line in lines:
        for cell in line.values():
            assert not cell.startswith(("=", "@", "-", "\t", "|")), line
            assert not cell.startswith("+") or cell[1:].isdigit()
    assert {line["did"] for line in lines} == {"+14155550100"}


def _record(call_id: str, at: datetime) -> CallRecord:
    return CallRecord(
        call_id=call_id, channel_uuid="u", did=E164("+14155550100"), did_raw="+14155550100", ani=None,
        ani_raw="anonymous", started_at=at, ended_at=at, duration_ms=5, outcome=Outcome.CALLER_HUNG_UP,
    )  # fmt: skip
