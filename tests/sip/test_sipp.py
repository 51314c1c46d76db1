"""Whole calls: SIPp, a switch, all of Digitree; sipp_scenarios/cases.py says what is wanted."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ivr.settings import Settings, split_host_port
from sipp_scenarios.cases import CASES, SAMPLE_DID, Case, cases_for
from sipp_scenarios.run import Result, find_switch, run_cases
from sipp_scenarios.sipp import has_raw_sockets, scenario_text, with_info_keys
from sipp_scenarios.target import Target, TargetError, own_target
from tests.helpers import wait_until
from tests.ports import free_addresses
from tests.sip.phone import Phone
from tests.sip.test_signalling import _EVENTS, Caller
from tests.spoken import keep, lend

RUN = cases_for(has_raw_sockets(), own_agent=True)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sipp")


@pytest.fixture(scope="module")
def target(directory: Path) -> Iterator[Target]:
    try:
        switch = find_switch(Settings())
    except TargetError as error:
        pytest.skip(str(error))
    prompts = directory / "home" / "prompts"
    lend(prompts)
    with own_target(switch, directory, None, free_addresses) as running:
        keep(prompts)
        yield running


@pytest.fixture(scope="module")
def results(target: Target, directory: Path) -> dict[Case, Result]:
    return {result.case: result for result in run_cases(target, RUN, directory)}


@pytest.mark.parametrize("case", RUN, ids=lambda case: case.name)
def test_call_is_carried_recorded_and_listed_as_it_must_be(results: dict[Case, Result], case: Case) -> None:
    assert results[case].problems == []


def test_caller_notices_nothing_when_every_process_of_the_call_server_is_killed(target: Target) -> None:
    with Phone(split_host_port(target.sip), number="+14802000001") as phone:
        assert phone.dial(SAMPLE_DID) == 200
        wait_until(lambda: phone.loud_frames > 20, 10, "the first prompt is heard")
        kill_call_servers(target)
        phone.send_event("1")
        heard = phone.loud_frames
        wait_until(lambda: phone.loud_frames > heard + 50, 20, "the second prompt is heard")
        phone.send_event("2")
        assert phone.far_side_hung_up.wait(20)
    record = wait_until(lambda: ended_call(target, "+14802000001"), 20, "the call record is there")
    assert record["outcome"] == "hung_up"
    assert record["take_overs"] >= 1
    assert [(step["node"], step["key"]) for step in record["path"][:2]] == [("welcome", "1"), ("has_license", "2")]


@pytest.mark.parametrize(("line", "c"), [("a=inactive", "IP4 127.0.0.1"), ("a=sendrecv", "IP4 0.0.0.0")])
def test_caller_who_holds_the_call_in_the_menu_is_asked_again_afterwards(
    target: Target, line: str, c: str
) -> None:
    number = f"+148020000{len(c):02}"
    with Caller(split_host_port(target.sip), number=number) as phone:
        assert phone.dial(SAMPLE_DID) == 200
        wait_until(lambda: phone.loud_frames > 20, 10, "the first prompt is heard")
        assert phone.offers_again("0 101", _EVENTS, line, c=c).status == 200
        # Longer than the question and its wait.
        assert not phone.far_side_hung_up.wait(25)
        heard = phone.loud_frames
        assert phone.offers_again("0 101", _EVENTS).status == 200
        wait_until(lambda: phone.loud_frames > heard + 20, 10, "the question is heard again")
        phone.send_event("9")
        assert phone.far_side_hung_up.wait(30)
    record = wait_until(lambda: ended_call(target, number), 20, "the call record is there")
    first = record["path"][0]
    assert (first["node"], first["result"], first["attempt"]) == ("welcome", "key", 1)
    assert record["outcome"] == "opted_out"


def kill_call_servers(target: Target) -> None:
    """Every process of the call server; there is one at least."""
    children = Path(f"/proc/{target.supervisor}/task/{target.supervisor}/children").read_text().split()
    killed = 0
    for pid in children:
        # A child may end meanwhile.
        with suppress(FileNotFoundError, ProcessLookupError):
            if b"esl_server" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(int(pid), signal.SIGKILL)
                killed += 1
    assert killed


def ended_call(target: Target, ani: str) -> dict[str, Any] | None:
    record = target.find_call(ani)
    return record if record is not None and record["outcome"] else None


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
