"""`make load`: how it climbs, what it calls good, and that its ledger finds a bill that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks import scaling
from benchmarks.ledger import Reckoned, Share, compare, total
from benchmarks.load_report import carried, section
from benchmarks.load_step import KINDS, _with_times, reasons
from benchmarks.sipp_load import FASTER, NEAR, climb, highest_good, parse_mix
from benchmarks.switch.running import seconds_of

GOOD = {"failed": 0, "wrong": 0, "key_to_prompt_ms": {"p50": 20.0, "p99": 40.0}, "by_way_ms": {"info": {"p99": 40.0}}}
LATE = GOOD | {"key_to_prompt_ms": {"p50": 20.0, "p99": 140.0}}


def holding_until(limit: float, tried: list[float]) -> Callable[[float, int], dict[str, Any]]:
    """A machine on which rates above `limit` are late."""

    def hold(rate: float, number: int) -> dict[str, Any]:
        assert number == len(tried)
        tried.append(rate)
        return {"rate": rate} | (GOOD if rate <= limit else LATE)

    return hold


@pytest.mark.parametrize("limit", [3.0, 11.0, 20.0, 37.0, 90.0])
def test_the_highest_good_rate_is_found_from_below_and_from_above(limit: float) -> None:
    tried: list[float] = []
    steps = climb(holding_until(limit, tried), 20.0, 1000.0, clock=lambda: float(len(tried)))
    assert limit / FASTER < highest_good(steps) <= limit
    assert highest_good(steps) * NEAR >= limit * 0.99


def test_a_bad_step_is_made_once_more_before_it_is_believed() -> None:
    verdicts = [GOOD, LATE, GOOD, LATE, LATE]
    tried: list[float] = []

    def hold(rate: float, number: int) -> dict[str, Any]:
        tried.append(rate)
        return {"rate": rate} | verdicts[number]

    steps = climb(hold, 20.0, 6.0, clock=lambda: float(len(tried)))
    assert tried == [20.0, 30.0, 30.0, 45.0, 45.0]
    assert highest_good(steps) == 30.0


def test_no_step_begins_that_would_end_too_late() -> None:
    now = [0.0]

    def hold(rate: float, _: int) -> dict[str, Any]:
        now[0] += 40
        return {"rate": rate} | GOOD

    assert len(climb(hold, 20.0, 200.0, clock=lambda: now[0])) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"failed": 2}, ["2 calls failed"]),
        ({"wrong": 1}, ["1 wrong record"]),
        ({"key_to_prompt_ms": {"p99": 101.0}}, ["101 ms from key to prompt (p99)"]),
        ({"key_to_prompt_ms": {}}, []),
    ],
)
def test_why_a_step_is_not_good(change: dict[str, Any], said: list[str]) -> None:
    assert reasons(GOOD | change) == said


@pytest.mark.parametrize("kind", KINDS)
def test_sipp_measures_every_call_from_its_answer_to_its_bye(kind: str) -> None:
    text = _with_times(KINDS[kind].scenario.read_text())
    assert text.count('start_rtd="1"') == 1
    assert text.count(' rtd="1"') == 1
    assert text.index("BYE") < text.index(' rtd="1"') + 200


def test_sipps_times_are_read_to_the_microsecond() -> None:
    assert seconds_of("01:02:03:250000") == pytest.approx(3723.25)
    assert seconds_of("") == 0


def test_a_mix_names_kinds_of_callers() -> None:
    assert parse_mix("qualify=4,no_input=1") == {"qualify": 4, "no_input": 1}
    assert set(parse_mix("")) == set(KINDS)
    with pytest.raises(ValueError, match="'robbery=1'"):
        parse_mix("robbery=1")


# -- the ledger ----------------------------------------------------------------------------

# 60 s in the menu for each of ten, and two who talk for 30 s each after 30 s.
SHARES = (Share("no_input", 10, 600.0), Share("qualify", 2, 120.0))
BILL = {
    "calls": 12, "menu_minutes": "11.0000", "agent_calls": 2, "agent_minutes": "1.0000", "deflected_calls": 10,
    "deflected_minutes": "10.0000", "ivr_usd": "0.0880", "agent_usd": "0.1000", "saved_usd": "0.9200",
}  # fmt: skip


def ledger_of(bill: dict[str, Any]) -> dict[str, Any]:
    before = {"+14155550100": dict.fromkeys(bill, "1")}
    after = {"+14155550100": {name: str(Decimal(value) + 1) for name, value in bill.items()}}
    return compare(Reckoned.of(SHARES, 2, 60.0), before, after)


def test_the_ledger_agrees_with_the_callers_own_times() -> None:
    found = total([ledger_of(BILL), ledger_of(BILL)])
    assert found["agrees"]
    assert found["figures"]["saved_usd"] == {"usage": "1.8400", "reckoned": "1.8400"}
    # 24 minutes at $0.10, less 22 at $0.008 and 2 at $0.10.
    assert found["figures"]["all_to_agent_usd"]["usage"] == "2.4000"
    assert found["figures"]["saved_against_all_to_agent_usd"]["reckoned"] == "2.0240"


@pytest.mark.parametrize(
    ("name", "value"),
    [("calls", 11), ("deflected_calls", 11), ("menu_minutes", "11.2"), ("agent_minutes", "1.05"),
     ("deflected_minutes", "9.9"), ("agent_usd", "0.11"), ("saved_usd", "0.93")],
)  # fmt: skip
def test_a_bill_that_is_wrong_is_found(name: str, value: Any) -> None:
    found = total([ledger_of(BILL | {name: value})])
    assert name in found["apart"]
    assert not found["agrees"]


# -- what is written of it -----------------------------------------------------------------

STEP = GOOD | {
    "rate": 20.0, "calls": 400, "call_s": 7.5, "live": 150, "switch_ms": 50.0, "server_ms": 4.0, "rest_ms": 8.0,
    "sipp_ms": 20.0, "busy_percent": 90, "load_before": 0.3,
}  # fmt: skip
MACHINE = {"CPU": "Some CPU, 2 cores"}


def found_by_load(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"switch": "FreeSWITCH 1.10.12", "mix": {"qualify": 1}, "steps": list(steps), "highest_good_rate": 20.0,
            "ledger": total([ledger_of(BILL)])}  # fmt: skip


def test_the_readme_says_what_holds_what_does_not_and_what_it_costs() -> None:
    said = " ".join(carried(found_by_load(STEP, STEP | LATE | {"rate": 24.5}), MACHINE).split())
    assert "**20 new calls a second**" in said
    assert "At 24.5 a second: 140 ms from key to prompt (p99)" in said
    assert "FreeSWITCH 50 ms a call" in said
    assert "other work" not in said
    busier = " ".join(carried(found_by_load(STEP | {"busy_percent": 150}), MACHINE).split())
    assert "other work on the machine 68" in busier
    assert carried(found_by_load(STEP | LATE), MACHINE) == "No rate that was tried held."


def test_the_page_has_a_row_a_step_and_the_ledger() -> None:
    lines = section(found_by_load(STEP, STEP | LATE | {"rate": 24.5}), MACHINE)
    assert sum(line.endswith("| good |") for line in lines) == 1
    assert "| saved (`saved_usd`: the deflected calls alone) | $0.9200 | $0.9200 |" in lines


def test_the_sums_of_scaling_follow_what_was_measured(tmp_path: Path) -> None:
    results = {
        "cost": {"measured": {"digitree": {"cpu_ms": 0.5}}},
        "paced": {"measured": {"digitree": {"cpu_ms": 1.0}}},
        "memory": {"measured": {"kB_per_call": 10.0}},
        "freeswitch": {"measured": {"switch_ms": {"digitree": 40.0}, "server_ms": {"digitree": 4.0},
                                    "call_s": {"digitree": 5.0}, "leg_percent": 0.4}},
    }  # fmt: skip
    known = scaling.costs(results)
    assert known.set_up_ms == pytest.approx(20)
    assert known.switch_ms(30) == pytest.approx(140)
    page = tmp_path / "scaling.md"
    page.write_text(scaling.PAGE.read_text())
    scaling.write(results, page)
    text = " ".join(page.read_text().split())
    assert "`20 ms + T x 4.0 ms`" in text
    assert "100,000 x 0.40 % + 1,667 x 20 ms = 400 + 33 cores" in text
