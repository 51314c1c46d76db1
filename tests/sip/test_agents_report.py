"""The report of `make agents`: what it calls, how it judges a record, what it writes. The calls are in
test_agents.py and, on the development switch, in tests/devswitch_sip/test_agents.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sipp_scenarios.agent_cases import AGENT_CASES, AgentCase, differences
from sipp_scenarios.agents_report import PAGE, Called, made_part
from sipp_scenarios.made_part import put_part

AGENTS = Path(__file__).parents[2] / "sipp_scenarios" / "agents"
CASES = {case.scenario: case for case in AGENT_CASES}


def record_of(case: AgentCase) -> dict[str, Any]:
    """A record that says just what the case wants."""
    tries = [
        {
            "result": result,
            "sip_status": case.statuses[place] if case.statuses else None,
            "reported": None,
            "ring_ms": sum(case.ring_s[place]) * 500 if case.ring_s else None,
            "talk_ms": sum(case.talk_s[place]) * 500 if case.talk_s else None,
        }
        for place, result in enumerate(case.results)
    ]
    tries[-1]["reported"] = case.reported
    return {"outcome": case.outcome, "hung_up_by": case.hung_up_by, "agent": tries}


def test_every_agent_is_called_but_the_one_of_the_sample_menu() -> None:
    assert set(CASES) == {path.stem for path in AGENTS.glob("*.xml")} - {"answers"}


@pytest.mark.parametrize("case", AGENT_CASES, ids=lambda case: case.scenario)
def test_a_record_as_it_must_be_has_no_differences(case: AgentCase) -> None:
    assert differences(case, record_of(case)) == []


@pytest.mark.parametrize(
    ("agent", "change", "said"),
    [
        ("talks", {"outcome": "agent_unavailable"}, "outcome is agent_unavailable, not transferred"),
        ("talks", {"hung_up_by": "agent"}, "hung_up_by is agent, not caller"),
        ("talks", {"agent": []}, "agent is (), not ('answered',)"),
        ("busy", {"sip_status": 480}, "SIP statuses are [480], not [486]"),
        ("returns_result", {"reported": "booked"}, "reported is booked, not dnc"),
        ("answers_late", {"ring_ms": 2000}, "ring is 2.0 s, not between 14 and 17.5"),
        ("hangs_up_first", {"talk_ms": None}, "talk is None s, not between 0.5 and 3"),
    ],
)
def test_each_difference_is_said(agent: str, change: dict[str, Any], said: str) -> None:
    record = record_of(CASES[agent])
    for name, value in change.items():
        (record if name in record else record["agent"][-1])[name] = value
    assert said in differences(CASES[agent], record)


def test_the_table_says_what_was_wrong() -> None:
    good = Called(CASES["busy"], record_of(CASES["busy"]))
    bad = Called(CASES["talks"], None, ["no call record"])
    text = made_part([good, bad], "a switch", "busy")
    assert "1 of 2 records as they must be" in text
    assert "| no record |  | no call record |" in text
    assert '"sip_status": 486' in text


def test_a_part_of_a_page_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- made: a -->\nold\n<!-- /made: a -->\nafter\n")
    put_part(page, "a", "new\n")
    put_part(page, "a", "newer\n")
    assert page.read_text() == "before\n<!-- made: a -->\nnewer\n<!-- /made: a -->\nafter\n"
    with pytest.raises(ValueError, match="no one part named b"):
        put_part(page, "b", "new")


@pytest.mark.parametrize("switch", ["FreeSWITCH", "the development switch"])
def test_the_page_has_the_parts_that_are_made(switch: str, tmp_path: Path) -> None:
    copy = tmp_path / "agents.md"
    copy.write_text(PAGE.read_text())
    put_part(copy, f"agents on {switch}", "")
