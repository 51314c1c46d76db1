"""The calls under way in Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis

from ivr.domain.call_records import CallRecord
from ivr.domain.errors import StorageUnavailable
from ivr.domain.live_calls import decode_live, encode_live
from ivr.domain.numbers import E164
from ivr.storage.redis.live_calls import ALIVE_S, READ_ALL, LiveReader, LiveWriter, _hash_key
from tests.helpers import wait_until


def record(call_id: str, take_overs: int = 0) -> CallRecord:
    return CallRecord(
        call_id, "uuid-1", E164("+14155550100"), "+14155550100", None, "anonymous", datetime(2026, 3, 9, tzinfo=UTC),
        ivr_id="ivr_seed01", ivr_version=3, take_overs=take_overs,
    )  # fmt: skip


def text(call_id: str, node: str = "welcome") -> str:
    return encode_live(record(call_id), node, "asking", 1_700_000_000_123)


@pytest.fixture
def reader(cache: str) -> Iterator[LiveReader]:
    reading = LiveReader(cache)
    yield reading
    reading.close()


@pytest.fixture
def writer(cache: str) -> Iterator[LiveWriter]:
    writing = LiveWriter(cache, "esl-a")
    writing.tell_all({})
    yield writing
    writing.close()


def test_a_call_reads_back_as_it_was_told() -> None:
    call = decode_live("call_1", text("call_1"))
    assert (call.did, call.ani, call.node, call.phase) == ("+14155550100", None, "welcome", "asking")
    assert (call.started_ms, call.since_ms) == (1_773_014_400_000, 1_700_000_000_123)
    for bad in ("", "a;b", text("x").replace("asking", "sleeping"), text("x").replace("3;welcome", "x;welcome")):
        with pytest.raises(ValueError, match=r"unpack|phase|literal"):
            decode_live("call_1", bad)


def test_processes_add_up_and_changes_follow_a_look_at_everything(
    cache: str, reader: LiveReader, writer: LiveWriter
) -> None:
    other = LiveWriter(cache, "esl-b")
    other.tell_all({"call_2": text("call_2")})
    assert writer.tell({"call_1": text("call_1")}, [])
    seen = reader.everything()
    assert {name: set(calls) for name, calls in seen.calls.items()} == {"esl-a": {"call_1"}, "esl-b": {"call_2"}}
    at, batches = reader.changes(seen.at, 0.01)
    assert batches == []
    assert writer.tell({"call_3": text("call_3", "area")}, ["call_1"])
    at, batches = reader.changes(at, 1)
    assert [(batch.process, batch.count) for batch in batches] == [("esl-a", 2)]
    assert batches[0].calls["call_1"] is None
    assert batches[0].calls["call_3"] == decode_live("call_3", text("call_3", "area"))
    assert set(reader.everything().calls["esl-a"]) == {"call_3"}
    other.close()


def test_a_process_that_no_longer_beats_is_gone_with_its_calls_within_seconds(
    cache: str, reader: LiveReader, writer: LiveWriter
) -> None:
    writer.tell({"call_1": text("call_1")}, [])
    with redis.Redis.from_url(cache) as client:
        assert 0 < client.ttl(_hash_key("esl-a")) <= ALIVE_S
        client.pexpire(_hash_key("esl-a"), 1)
        wait_until(lambda: not client.exists(_hash_key("esl-a")), 2, "it expires")
    assert reader.alive(["esl-a"]) == set()
    assert reader.everything().calls == {}


def test_a_redis_that_was_emptied_says_so_and_is_told_all_again(
    cache: str, reader: LiveReader, writer: LiveWriter
) -> None:
    writer.tell({"call_1": text("call_1")}, [])
    with redis.Redis.from_url(cache) as client:
        client.flushall()
    at = reader.everything().at
    assert not writer.tell({}, [])
    writer.tell_all({"call_1": text("call_1")})
    assert [batch.count for batch in reader.changes(at, 1)[1]] == [READ_ALL]
    assert set(reader.everything().calls["esl-a"]) == {"call_1"}


def test_what_another_version_wrote_is_passed_over(cache: str, reader: LiveReader, writer: LiveWriter) -> None:
    writer.tell({"call_1": text("call_1"), "call_2": "v9;what"}, [])
    assert set(reader.everything().calls["esl-a"]) == {"call_1"}


def test_where_a_call_stood_is_known_after_its_process_died_until_it_has_ended_or_is_old(
    cache: str, reader: LiveReader, writer: LiveWriter
) -> None:
    writer.tell_all({"call_0": text("call_0")})
    writer.tell({"call_1": text("call_1"), "call_2": text("call_2", "area")}, ["call_0"])
    with redis.Redis.from_url(cache) as client:
        client.delete(_hash_key("esl-a"))
    last = reader.last_of(["call_0", "call_1", "call_2", "call_9"])
    assert {call_id: call.node for call_id, call in last.items()} == {"call_1": "welcome", "call_2": "area"}
    other = LiveWriter(cache, "esl-b")
    other.tell({"call_2": text("call_2", "end")}, ["call_1"])  # taken over
    other.close()
    assert {call_id: call.node for call_id, call in reader.last_of(["call_1", "call_2"]).items()} == {"call_2": "end"}
    reader.forget_older(last["call_2"].started_ms)
    assert set(reader.last_of(["call_2"])) == {"call_2"}
    reader.forget_older(last["call_2"].started_ms + 1)
    assert reader.last_of(["call_2"]) == {}
    assert reader.last_of([]) == {}


def test_a_process_that_ends_leaves_nothing(reader: LiveReader, writer: LiveWriter) -> None:
    writer.tell({"call_1": text("call_1")}, [])
    writer.leave()
    assert reader.everything().calls == {}


def test_a_redis_that_is_away_is_told_within_the_time_out() -> None:
    nowhere = "redis://127.0.0.1:1/0"
    for ask in (LiveReader(nowhere).everything, lambda: LiveWriter(nowhere, "x").tell({}, [])):
        with pytest.raises(StorageUnavailable):
            ask()
