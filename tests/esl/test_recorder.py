"""What is written of a call, when, and how often."""

from __future__ import annotations

from datetime import UTC, datetime

import gevent

from esl_server.recorder import Recorder
from ivr.domain.calls import CallRecord, Outcome, new_id
from tests.rig import MemoryRecords


def a_call() -> CallRecord:
    return CallRecord(new_id("call"), "u-1", None, "5", None, "", datetime.now(UTC))


def test_a_call_that_went_to_an_agent_is_written_by_the_next_tick() -> None:
    records = MemoryRecords()
    recorder = Recorder(records, records)
    record = a_call()
    recorder.with_agent(record)
    assert records.written == []
    recorder.catch_up()
    recorder.catch_up()
    assert [(kind, document["call_id"]) for kind, document in records.written] == [("call_started", record.call_id)]


def test_a_call_that_is_over_by_then_is_written_once() -> None:
    records = MemoryRecords()
    recorder = Recorder(records, records)
    record = a_call()
    recorder.with_agent(record)
    record.outcome = Outcome.TRANSFERRED
    recorder.ended(record)
    recorder.catch_up()
    assert [(kind, document["outcome"]) for kind, document in records.written] == [("call_ended", "transferred")]


def test_the_end_of_one_call_takes_along_what_waits_of_others() -> None:
    records = MemoryRecords()
    recorder = Recorder(records, records)
    talking, begun, ending = a_call(), a_call(), a_call()
    recorder.with_agent(talking)
    recorder.started(begun)
    recorder.ended(ending)
    gevent.sleep(0)
    assert [document["call_id"] for _, document in records.written] == [
        begun.call_id, talking.call_id, ending.call_id,
    ]  # fmt: skip


def test_what_a_full_disk_refused_comes_first_when_there_is_room_again() -> None:
    records = MemoryRecords(full=True)
    recorder = Recorder(records, records)
    ended, talking = a_call(), a_call()
    recorder.ended(ended)
    recorder.with_agent(talking)
    recorder.catch_up()
    records.full = False
    recorder.catch_up()
    assert [document["call_id"] for _, document in records.written] == [ended.call_id, talking.call_id]
