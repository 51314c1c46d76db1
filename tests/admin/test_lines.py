"""/lines: who waits for whom; and what it says while Redis is away."""

from __future__ import annotations

import time

import pytest

from admin.http.services import Services
from admin.lines.service import LineBoard
from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Step, utc_now
from ivr.domain.lines.places import Place, Waiting
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.redis.waiting_lines import GRACE_MS, Entry, WaitingLines
from tests.admin.conftest import Api
from tests.ports import free_port


@pytest.fixture
def waiting(stores: Stores) -> WaitingLines:
    """Three calls in a line, of which the first rings Ann."""
    now = time.time_ns() // 1_000_000
    lines = stores.lines
    lines.known_since_ms(now - GRACE_MS)
    calls = [
        Entry(Waiting(f"call_{at}", Place(priority, now - 1000 * waits)), {"number": number, "node": "line"})
        for at, (waits, priority, number) in enumerate(
            [(30, 0, "+14805551234"), (90, 0, None), (10, 5, "+14805550002")]
        )
    ]
    lines.turn("support", calls, ["ann"], "longest_idle", now)
    return lines


@pytest.mark.usefixtures("waiting")
def test_a_line_shows_who_waits_and_for_how_long(api: Api) -> None:
    (line,) = api("GET", "/lines").json["items"]
    assert (line["name"], line["waiting"], line["with_people"], line["held_s"]) == ("support", 2, 1, 180.0)
    assert line["longest_wait_s"] >= 90
    found = api("GET", "/lines/support").json
    assert [(each["call_id"], each["position"], each["people"]) for each in found["calls"]] == [
        ("call_1", 1, []), ("call_0", 2, []), ("call_2", None, ["ann"])
    ]  # fmt: skip
    assert found["calls"][0]["number"] is None
    assert found["calls"][2]["priority"] == 5


def test_how_a_line_did_is_read_from_the_records_of_its_calls(api: Api, stores: Stores) -> None:
    waits = [("person", 5), ("person", 70), ("left", 8), ("left", 90), ("2", 30), ("no_answer", 300), ("full", 0)]
    records = []
    for at, (ended, seconds) in enumerate(waits):
        record = CallRecord(
            f"call_{at}", f"uuid-{at}", None, "1", None, "2", utc_now(), ivr_id="ivr_seed01", ivr_version=1,
            path=[Step("line", 1, "waited", ended, 0, 1000 * seconds, value="support")], ended_at=utc_now(),
        )  # fmt: skip
        records.append((record, "esl-a"))
    with stores.postgres.database.transaction() as connection:
        write_calls(connection, records)
    found = api("GET", "/lines/support/report?within_s=20").json
    assert (found["waited"], found["answered"], found["answered_in_time"], found["abandoned"]) == (6, 2, 1, 2)
    assert (found["by_key"], found["in_vain"], found["full"], found["closed"]) == (1, 1, 1, 0)
    assert (found["service_level"], found["abandonment"]) == (0.2, 0.3333)
    assert (found["mean_wait_s"], found["longest_wait_s"]) == (37.5, 300.0)
    assert api("GET", "/lines/sales/report").json["waited"] == 0
    assert api("GET", "/lines/support/report?within_s=0").status_code == 422


def test_there_is_no_line_in_which_nobody_has_waited(api: Api) -> None:
    assert api("GET", "/lines").json == {"items": [], "next_cursor": None}
    for name in ("sales", "no%20line", "x" * 80):
        answer = api("GET", f"/lines/{name}")
        assert (answer.status_code, answer.json["code"]) == (404, "line_not_found")


def test_without_redis_the_answer_says_so(api: Api, services: Services) -> None:
    services._by_class[LineBoard] = LineBoard(WaitingLines(f"redis://127.0.0.1:{free_port()}/0"))
    assert api("GET", "/lines").status_code == 503
