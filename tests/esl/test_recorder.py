"""What is written of a call, when, and how often."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import gevent
import pytest

from esl_server.records import recorder as recording
from esl_server.records.recorder import Recorder
from esl_server.switch.turn import Turn
from ivr.domain.call_records import CallRecord, Outcome, new_id
from ivr.domain.listing_events import ListingEvent
from ivr.domain.numbers import E164
from tests.rig import MemoryRecords


def a_call() -> CallRecord:
    return CallRecord(new_id("call"), "u-1", None, "5", None, "", datetime.now(UTC))


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def turn() -> Turn:
    return Turn()


@pytest.fixture
def recorder(records: MemoryRecords, turn: Turn) -> Recorder:
    return Recorder(records, records, turn)


def written(records: MemoryRecords) -> list[tuple[str, str]]:
    return [(kind, document["call_id"]) for kind, document in records.written]


def test_a_call_that_went_to_an_agent_is_written_by_the_next_tick(recorder: Recorder, records: MemoryRecords) -> None:
    record = a_call()
    recorder.with_agent(record)
    gevent.sleep(0)
    assert records.written == []
    recorder.catch_up()
    recorder.catch_up()
    assert written(records) == [("call_started", record.call_id)]


def test_a_call_that_is_over_by_then_is_written_once(recorder: Recorder, records: MemoryRecords) -> None:
    record = a_call()
    recorder.with_agent(record)
    record.outcome = Outcome.TRANSFERRED
    recorder.ended(record)
    gevent.sleep(0)
    recorder.catch_up()
    assert [(kind, document["outcome"]) for kind, document in records.written] == [("call_ended", "transferred")]


def test_a_call_whose_apology_still_plays_is_not_over(recorder: Recorder, records: MemoryRecords) -> None:
    apologising, opting_out = a_call(), a_call()
    recorder.with_agent(apologising)
    recorder.started(opting_out)
    apologising.outcome, opting_out.outcome = Outcome.AGENT_UNAVAILABLE, Outcome.OPTED_OUT
    recorder.catch_up()
    gevent.sleep(0)
    assert [(kind, document["outcome"]) for kind, document in records.written] == [("call_started", None)] * 2
    recorder.ended(apologising)
    gevent.sleep(0)
    assert records.written[-1][1]["outcome"] == "agent_unavailable"


def test_ends_are_written_before_anything_is_said_and_beginnings_after_it(
    recorder: Recorder, records: MemoryRecords, turn: Turn
) -> None:
    said: list[list[tuple[str, str]]] = []
    talking, begun, ending, other = a_call(), a_call(), a_call(), a_call()
    turn.send(lambda: said.append(written(records)))
    recorder.with_agent(talking)
    recorder.started(begun)
    recorder.ended(ending)
    recorder.ended(other)
    assert records.written == []
    gevent.sleep(0)
    over = [("call_started", talking.call_id), ("call_ended", ending.call_id), ("call_ended", other.call_id)]
    assert said == [over]
    assert written(records) == [*over, ("call_started", begun.call_id)]


def test_a_call_that_begins_and_ends_in_one_turn_has_ended(recorder: Recorder, records: MemoryRecords) -> None:
    record = a_call()
    recorder.started(record)
    recorder.ended(record)
    gevent.sleep(0)
    assert written(records) == [("call_ended", record.call_id)]


def test_what_a_full_disk_refused_comes_first_when_there_is_room_again(
    recorder: Recorder, records: MemoryRecords
) -> None:
    records.full = True
    ended, talking = a_call(), a_call()
    recorder.ended(ended)
    gevent.sleep(0)
    recorder.with_agent(talking)
    recorder.catch_up()
    records.full = False
    recorder.catch_up()
    assert written(records) == [("call_ended", ended.call_id), ("call_started", talking.call_id)]


BAN = ListingEvent("lst_1", "banned", E164("+14805551234"), True, None, datetime.now(UTC), "call_1", "ivr_1", "ban")


def test_a_change_of_a_list_is_written_at_once_or_waits_for_a_disk_with_room(
    recorder: Recorder, records: MemoryRecords
) -> None:
    recorder.listing(BAN)
    assert records.written == [("listing", BAN.to_json())]
    records.full = True
    recorder.listing(replace(BAN, event_id="lst_2"))
    records.full = False
    recorder.catch_up()
    assert [event["event_id"] for event in records.of("listing")] == ["lst_1", "lst_2"]


def test_a_change_of_a_list_that_finds_no_room_anywhere_is_in_the_log(
    recorder: Recorder, records: MemoryRecords, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "MAX_WAITING", 0)
    records.full = True
    recorder.listing(BAN)
    (lost,) = [each.getMessage() for each in caplog.records if each.levelno == logging.CRITICAL]
    assert "lst_1" in lost


def test_ends_that_find_no_room_anywhere_are_in_the_log(
    recorder: Recorder, records: MemoryRecords, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recording, "MAX_WAITING", 1)
    records.full = True
    ended = [a_call(), a_call()]
    for each in ended:
        recorder.ended(each)
    recorder.started(a_call())
    gevent.sleep(0)
    (lost,) = [each.getMessage() for each in caplog.records if each.levelno == logging.CRITICAL]
    assert ended[1].call_id in lost


def test_a_step_that_fails_does_not_keep_those_of_other_calls_from_being_done(
    turn: Turn, caplog: pytest.LogCaptureFixture
) -> None:
    done = []

    def fail() -> None:
        raise RuntimeError("broken")

    turn.after_send(lambda: done.append("note"))
    turn.send(lambda: done.append("say"))
    turn.before_send(fail)
    turn.before_send(lambda: done.append("keep"))
    gevent.sleep(0)
    assert done == ["keep", "say", "note"]
    assert "broken" in caplog.text
    turn.send(lambda: done.append("again"))
    gevent.sleep(0)
    assert done[-1] == "again"
