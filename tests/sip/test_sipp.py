"""Whole calls: SIPp, the real FreeSWITCH, every process of Digitree; sipp_scenarios/cases.py says what is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.settings import Settings
from sipp_scenarios.cases import CASES, Case, cases_for
from sipp_scenarios.run import Result, find_switch, run_cases
from sipp_scenarios.sipp import has_raw_sockets, scenario_text, with_info_keys
from sipp_scenarios.target import TargetError, own_target

RUN = cases_for(has_raw_sockets(), own_agent=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Case, Result]]:
    directory = tmp_path_factory.mktemp("sipp")
    try:
        switch = find_switch(Settings())
    except TargetError as error:
        pytest.skip(str(error))
    with own_target(switch, directory) as target:
        yield {result.case: result for result in run_cases(target, RUN, directory)}


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.name)
def test_call_is_carried_recorded_and_listed_as_it_must_be(results: dict[Case, Result], case: Case) -> None:
    assert results[case].problems == []


def test_without_raw_sockets_every_key_goes_by_info_and_no_call_is_left_out() -> None:
    chosen = cases_for(raw_sockets=False, own_agent=True)
    assert {case.scenario for case in chosen} == {case.scenario for case in CASES}
    assert {case.keys_by for case in chosen if case.presses_keys} == {"info"}


def test_with_raw_sockets_both_ways_of_sending_keys_are_tried() -> None:
    chosen = cases_for(raw_sockets=True, own_agent=True)
    assert {case.keys_by for case in chosen if case.scenario == "qualify_reach_agent"} == {"rfc4733", "info"}


@pytest.mark.parametrize("case", cases_for(raw_sockets=False, own_agent=True), ids=lambda case: case.name)
def test_info_variant_presses_the_same_keys_and_offers_no_telephone_event(case: Case) -> None:
    text = scenario_text(case)
    assert "play_dtmf" not in text
    if case.presses_keys:
        keys = [key for _, _, key in case.path if key]
        assert [line.removeprefix("Signal=") for line in text.splitlines() if line.startswith("Signal=")] == keys
        assert "telephone-event" not in text


def test_info_variant_changes_nothing_where_no_key_is_pressed() -> None:
    text = "<scenario>\n  <pause milliseconds=\"1\"/>\n</scenario>\n"
    assert with_info_keys(text) == text


def test_every_scenario_file_belongs_to_a_case() -> None:
    files = {path.stem for path in Path(__file__).parents[2].joinpath("sipp_scenarios").glob("*.xml")}
    assert files == {case.scenario for case in CASES}
