"""The funnel of a menu, the bill and the ledger, as the API gives them."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from admin.wiring import Stores
from ivr.domain.call_records import CallRecord, Outcome, Step
from tests.admin.conftest import Api
from tests.admin.pages import PAGE_TREE
from tests.domain.call_stories import story


@pytest.fixture
def told(stores: Stores) -> list[CallRecord]:
    """300 calls of three menus over five days of March 2026."""
    chance = random.Random(5)
    records = [story(number, chance) for number in range(300)]
    for record in records:
        stores.postgres.calls.ended(record)
    return records


MARCH = "from=2026-03-01&to=2026-03-31"


def test_a_funnel_says_of_each_node_what_callers_did_there(api: Api, told: list[CallRecord]) -> None:
    found = api("GET", f"/ivr/ivr_story0/funnel?{MARCH}").json
    mine = [each for each in told if each.ivr_id == "ivr_story0" and not each.test]
    assert found["calls"] == len(mine)
    assert found["versions"] == [1, 2]
    welcome = found["nodes"][0]
    steps = [step for record in mine for step in record.path if step.node == "welcome"]
    assert welcome["node"] == "welcome"
    assert welcome["entered"] == sum(step.attempt == 1 for step in steps)
    assert welcome["no_match"] == sum(step.result == "no_match" for step in steps)
    assert {each["key"]: each["count"] for each in welcome["keys"]} == {
        key: sum(step.result == "key" and step.key == key for step in steps) for key in "129"
    }
    assert sum(each["count"] for each in welcome["onward"]) == welcome["entered"]
    assert 0 < welcome["median_seconds"] < welcome["p90_seconds"]


def test_a_funnel_is_of_one_version_and_of_these_days(api: Api, told: list[CallRecord]) -> None:
    of_first = api("GET", f"/ivr/ivr_story0/funnel?{MARCH}&version=1").json
    of_second = api("GET", f"/ivr/ivr_story0/funnel?{MARCH}&version=2").json
    both = api("GET", f"/ivr/ivr_story0/funnel?{MARCH}").json
    assert of_first["calls"] + of_second["calls"] == both["calls"]
    day = [each for each in told if each.ivr_id == "ivr_story0" and each.started_at.day == 10 and not each.test]
    one_day = api("GET", "/ivr/ivr_story0/funnel?from=2026-03-10&to=2026-03-10").json
    same_day = api("GET", "/ivr/ivr_story0/funnel?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z").json
    assert one_day["calls"] == same_day["calls"] == len(day) > 0


def test_a_funnel_is_of_the_callers_of_one_language(api: Api, told: list[CallRecord]) -> None:
    spanish = [each for each in told if each.ivr_id == "ivr_story0" and each.language == "es" and not each.test]
    found = api("GET", f"/ivr/ivr_story0/funnel?{MARCH}&language=es").json
    assert (found["language"], found["languages"]) == ("es", ["en", "es"])
    assert found["calls"] == len(spanish) > 0
    welcome = next(each for each in found["nodes"] if each["node"] == "welcome")
    steps = [step for record in spanish for step in record.path if step.node == "welcome"]
    assert welcome["entered"] == sum(step.attempt == 1 for step in steps)
    assert api("GET", f"/ivr/ivr_story0/funnel?{MARCH}&language=spanish").status_code == 422


def test_a_menu_that_nobody_called_has_an_empty_funnel_and_no_menu_has_none(api: Api) -> None:
    menu = api("POST", "/ivr", PAGE_TREE).json["id"]
    assert api("GET", f"/ivr/{menu}/funnel").json["nodes"] == []
    assert api("GET", "/ivr/ivr_nobody/funnel").status_code == 404


@pytest.mark.parametrize("query", ["from=tomorrow", "to=20260309", "from=2026-02-30", "version=0", "from=1", "day=1"])
def test_days_that_are_none_are_refused(api: Api, query: str) -> None:
    assert api("GET", f"/ivr/ivr_story0/funnel?{query}").status_code == 422


@pytest.mark.usefixtures("told")
def test_days_in_reverse_hold_nothing(api: Api) -> None:
    usage = api("GET", "/usage?from=2026-03-10&to=2026-03-09").json
    assert (usage["items"], usage["total"]["calls"]) == ([], 0)


def test_the_bill_adds_up_whatever_it_is_grouped_by(api: Api, told: list[CallRecord]) -> None:
    kept = [each for each in told if each.ivr_id is not None and not each.test]
    menu_usd = sum(Decimal(each.menu_ms) / 60_000 * Decimal("0.008") for each in kept)
    for group in ("day", "ivr", "did", "day,ivr", "did,day,ivr"):
        usage = api("GET", f"/usage?{MARCH}&group={group}").json
        assert sum(line["calls"] for line in usage["items"]) == usage["total"]["calls"] == len(kept)
        assert Decimal(usage["total"]["ivr_usd"]) == pytest.approx(menu_usd, abs=Decimal("0.0001"))
        assert {name for name in ("day", "ivr_id", "did") if usage["items"][0][name] is not None} == {
            {"ivr": "ivr_id"}.get(each, each) for each in group.split(",")
        }


def test_the_ledger_says_what_callers_who_ended_in_the_menu_would_have_cost(api: Api, stores: Stores) -> None:
    base = story(2, random.Random(4))
    ended = replace(base, test=False, ivr_id="ivr_ledger", ivr_version=1, duration_ms=60_000, agent=[],
                    path=[Step("welcome", 1, "key", "9", 0, 900)], outcome=Outcome.OPTED_OUT)  # fmt: skip
    stores.postgres.calls.ended(ended)
    line = api("GET", f"/usage?{MARCH}&group=ivr&ivr_id=ivr_ledger").json["items"][0]
    assert (line["deflected_calls"], line["deflected_minutes"]) == (1, "1.0000")
    assert (line["deflected_usd"], line["saved_usd"], line["saved_at_average_talk_usd"]) == ("0.0080", "0.0920", None)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(("path", "accept"), [("/usage.csv", "*/*"), ("/usage", "text/csv")])
def test_the_bill_comes_as_csv(api: Api, path: str, accept: str) -> None:
    answer = api("GET", f"{path}?{MARCH}&group=day,did", headers={"Accept": accept})
    assert answer.content_type.startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    items = api("GET", f"/usage?{MARCH}&group=day,did").json["items"]
    assert [(row["day"], row["did"], row["ivr_usd"]) for row in rows] == [
        (line["day"], line["did"], line["ivr_usd"]) for line in items
    ]


@pytest.mark.parametrize("group", ["week", "day,day", "", "day,", "ivr did"])
def test_an_unknown_group_is_refused(api: Api, group: str) -> None:
    assert api("GET", f"/usage?group={group}").status_code == 422


def test_reports_need_the_scope_of_calls(api: Api) -> None:
    reader = api("POST", "/keys", {"name": "reader", "scopes": ["read"]}).json["key"]
    for path in ("/usage", "/usage.csv", "/ivr/ivr_story0/funnel"):
        assert api("GET", path, headers={"Authorization": f"Bearer {reader}"}).status_code == 403


def test_a_bill_has_the_days_of_its_time_zone(api: Api, stores: Stores) -> None:
    """New York's clocks go forward on 8 March, so its day begins at 5 and ends at 4."""
    moments = ["2026-03-08T04:59:59", "2026-03-08T05:00:00", "2026-03-09T03:59:59", "2026-03-09T04:00:00"]
    for number, moment in enumerate(moments):
        record = story(number, random.Random(1))
        at = datetime.fromisoformat(moment + "+00:00")
        record = replace(record, started_at=at, outcome=Outcome.HUNG_UP, test=False, ivr_id="ivr_a23")
        stores.postgres.calls.ended(record)
    tz = "tz=America%2FNew_York"
    found = api("GET", f"/usage?from=2026-03-07&to=2026-03-09&{tz}").json
    assert found["tz"] == "America/New_York"
    assert [(each["day"], each["calls"]) for each in found["items"]] == [
        ("2026-03-07", 1), ("2026-03-08", 2), ("2026-03-09", 1),
    ]  # fmt: skip
    assert found["total"]["calls"] == 4
    in_utc = api("GET", "/usage?from=2026-03-07&to=2026-03-09").json
    assert in_utc["tz"] == "UTC"
    assert [(each["day"], each["calls"]) for each in in_utc["items"]] == [("2026-03-08", 2), ("2026-03-09", 2)]
    as_times = api("GET", f"/usage?from=2026-03-08T05:00:00Z&to=2026-03-09T04:00:00Z&{tz}").json
    assert as_times["first_day"] == as_times["last_day"] == "2026-03-08"
    assert as_times["total"]["calls"] == 2
    lines = list(csv.DictReader(io.StringIO(api("GET", f"/usage.csv?from=2026-03-08&to=2026-03-08&{tz}").text)))
    assert [(each["day"], each["calls"]) for each in lines] == [("2026-03-08", "2")]


@pytest.mark.parametrize(
    "name", ["Mars/Base", "america/new_york", "..%2Fetc%2Fpasswd", "EST5", "%00", "%ED%A0%80", ""]
)
def test_a_time_zone_that_there_is_none_of_is_refused_with_an_example(api: Api, name: str) -> None:
    for path in ("/usage", "/usage.csv"):
        refused = api("GET", f"{path}?tz={name}")
        (fault,) = refused.json["errors"]
        assert (refused.status_code, fault["pointer"], fault["code"]) == (422, "/query/tz", "unknown_time_zone")
        assert "America/New_York" in fault["message"]


@pytest.mark.parametrize(
    "days", ["from=0001-01-01", "from=9999-12-31&to=9999-12-31", "from=2026-03-02&to=2026-03-01"]
)
def test_days_that_a_zone_cannot_have_are_refused(api: Api, days: str) -> None:
    refused = api("GET", f"/usage?{days}&tz=Asia/Tokyo")
    assert (refused.status_code, refused.json["code"]) == (422, "too_many_days")


def test_speech_is_told_by_engine_and_voice_with_its_seconds_and_cost(api: Api, stores: Stores) -> None:
    ivr_id, other = api.create(), api.create()
    spoken = (ivr_id, "welcome", "joe"), (ivr_id, "has_license", "bella"), (other, "welcome", "joe")
    for menu, node, voice in spoken:
        body = {"node": node, "text": f"{node} of {menu}.", "voice": voice}
        assert api("POST", f"/ivr/{menu}/audio", body).status_code == 201
    with stores.postgres.database.transaction() as connection:
        connection.execute("update tts_charge set engine = null, voice = null where ivr_id = %s", (other,))
    usage = api("GET", "/usage").json
    told = [(each["engine"], each["voice"], each["seconds"], each["usd"]) for each in usage["speech"]]
    one = ("1.2300", "0.0123")
    assert told == [("piper", "bella", *one), ("piper", "joe", *one), (None, None, *one)]
    assert usage["total"]["tts_usd"] == "0.0369"
    assert api("GET", "/usage?tz=Asia/Tokyo").json["speech"] == usage["speech"]
    assert [each["voice"] for each in api("GET", f"/usage?ivr_id={ivr_id}").json["speech"]] == ["bella", "joe"]
    assert api("GET", "/usage?from=2026-03-01&to=2026-03-02").json["speech"] == []
    rows = list(csv.DictReader(io.StringIO(api("GET", f"/usage/speech.csv?ivr_id={ivr_id}").text)))
    assert rows[0] == {"engine": "piper", "voice": "bella", "seconds": "1.2300", "usd": "0.0123"}
