"""What callers keyed at questions with `save`: listed, counted, as CSV, and gone with its record and its caller."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Outcome, Step
from ivr.domain.numbers import E164
from tests.admin.conftest import Api
from tests.admin.test_hours_page import browser

__all__ = ["browser"]

MENU = {
    "name": "Survey",
    "nodes": {
        "service": {"text": "How was it, 1 to 5?", "gather": {"X": "age"}, "save": "service"},
        "age": {"gather": {"XX": "pin"}, "save": "age"},
        "pin": {"gather": {"XXXX": "more"}, "save": "pin", "secret": True},
        "more": {"gather": {"1": "service", "2": "bye"}},
        "bye": {"action": "hangup"},
    },
}
BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)
MARCH = "from=2026-03-01&to=2026-03-31"
ANI = E164("+14805550111")


def keyed(node: str, value: str, entry: str | None = None) -> Step:
    return Step(node, 1, "key", entry or value, 0, 100, value=value if entry else None)


def call(menu: str, number: int, *path: Step, version: int = 1, **more: Any) -> CallRecord:
    began = BEGAN + timedelta(minutes=number)
    return CallRecord(
        f"call_{number:040x}", "u", None, "", ANI, ANI, began, menu, version, began + timedelta(seconds=9), 9000,
        Outcome.HUNG_UP, path=list(path), **more,
    )  # fmt: skip


@pytest.fixture
def menu(api: Api, stores: Stores) -> str:
    created: str = api.create(MENU)
    records = [
        call(created, 1, keyed("service", "4", "X"), keyed("age", "31", "XX"), keyed("pin", "XXXX")),
        call(created, 2, keyed("service", "1", "X"), keyed("more", "1"), keyed("service", "4", "X")),
        call(created, 3, Step("service", 1, "no_match", "0", 0, 1), keyed("service", "5", "X")),
        call(created, 4, keyed("service", "3", "X"), test=True),
        call("ivr_another", 5, keyed("service", "2", "X")),
    ]
    for record in records:
        stores.postgres.calls.ended(record)
    return created


def answers(api: Api, menu: str, more: str = "") -> list[tuple[str, str, str]]:
    items = api("GET", f"/ivr/{menu}/answers?{MARCH}{more}").json["items"]
    return [(each["call_id"][-1], each["variable"], each["answer"]) for each in items]


def test_the_last_answer_of_each_call_to_each_question_that_keeps_it_is_listed(api: Api, menu: str) -> None:
    assert answers(api, menu) == [
        ("3", "service", "5"), ("2", "service", "4"), ("1", "age", "31"), ("1", "service", "4"),
    ]  # fmt: skip
    assert api("GET", f"/ivr/{menu}/answers?from=2026-03-10&to=2026-03-31").json["items"] == []
    first = api("GET", f"/ivr/{menu}/answers?{MARCH}&limit=1").json
    assert (first["items"][0]["caller"], first["items"][0]["started_at"]) == (ANI, "2026-03-09T12:03:00.000Z")


def test_pages_hold_everything_once(api: Api, menu: str) -> None:
    seen, cursor = [], ""
    while True:
        page = api("GET", f"/ivr/{menu}/answers?{MARCH}&limit=1{cursor}").json
        seen += [(each["call_id"][-1], each["variable"], each["answer"]) for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == answers(api, menu)


def test_calls_are_counted_by_their_answers(api: Api, menu: str) -> None:
    found = api("GET", f"/ivr/{menu}/answers/counts?{MARCH}").json
    assert found["questions"] == [
        {"node": "age", "variable": "age", "answered": 1, "answers": [{"answer": "31", "calls": 1}], "others": 0},
        {
            "node": "service", "variable": "service", "answered": 3, "others": 0,
            "answers": [{"answer": "4", "calls": 2}, {"answer": "5", "calls": 1}],
        },
    ]  # fmt: skip


def test_beyond_twenty_answers_the_rest_is_one_sum(api: Api, stores: Stores, menu: str) -> None:
    for number in range(25):
        stores.postgres.calls.ended(call(menu, 10 + number, keyed("age", f"{50 + number}", "XX")))
    age = api("GET", f"/ivr/{menu}/answers/counts?{MARCH}").json["questions"][0]
    assert (age["answered"], len(age["answers"]), age["others"]) == (26, 20, 6)


def test_a_question_that_became_secret_shows_only_what_was_keyed_before(api: Api, stores: Stores, menu: str) -> None:
    nodes = {"service": {**MENU["nodes"]["service"], "secret": True}}
    assert api("PATCH", f"/ivr/{menu}", {"nodes": nodes}).json["version"] == 2
    stores.postgres.calls.ended(call(menu, 20, keyed("service", "X"), version=2))
    assert ("4", "service", "X") not in answers(api, menu)
    assert len(answers(api, menu)) == 4


def test_a_csv_has_a_line_for_each_answer(api: Api, menu: str) -> None:
    response = api("GET", f"/ivr/{menu}/answers.csv?{MARCH}")
    lines = list(csv.DictReader(io.StringIO(response.text)))
    assert [(line["node"], line["answer"], line["caller"]) for line in lines] == [
        ("service", "5", ANI), ("service", "4", ANI), ("age", "31", ANI), ("service", "4", ANI),
    ]  # fmt: skip


def test_an_erased_caller_is_in_no_answer(api: Api, menu: str) -> None:
    assert api("DELETE", f"/privacy/{ANI}").status_code == 200
    items = api("GET", f"/ivr/{menu}/answers?{MARCH}").json["items"]
    assert {each["caller"] for each in items} == {None}


def test_a_menu_that_there_is_not_has_no_answers(api: Api) -> None:
    for path in ("answers", "answers/counts", "answers.csv"):
        assert api("GET", f"/ivr/ivr_none/{path}").status_code == 404


def test_the_page_draws_each_question(browser: FlaskClient, menu: str) -> None:
    page = browser.get(f"/ui/menus/{menu}/answers?{MARCH}").text
    assert page.count('<rect class="bar"') == 3
