"""A call tells where it stands, and that it is over; the process tells Redis in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.switch import CallSetup, DevSwitch
from esl_server.records.live_calls import LivePublisher
from ivr.storage.redis.live_calls import LiveReader, LiveWriter
from tests.rig import DID, Rig


@pytest.fixture
def publisher(rig: Rig, cache: str) -> Iterator[LivePublisher]:
    writer = LiveWriter(cache, "esl-a")
    yield LivePublisher(rig.live, writer)
    writer.close()


def stands(cache: str) -> dict[str, tuple[str, str]]:
    reader = LiveReader(cache)
    try:
        tables = reader.everything().calls.values()
        return {call.call_id: (call.node, call.phase) for table in tables for call in table.values()}
    finally:
        reader.close()


def test_each_live_call_is_known_with_its_node_and_gone_when_it_is_over(rig, cache, publisher):
    seen: list[Any] = []

    def look(note):
        if note.kind in ("gather", "dial") or (note.kind == "play" and note.text.endswith(f"{4:032x}.wav")):
            publisher.publish()
            seen.extend(stands(cache).values())

    switch = DevSwitch(rig.targets, speed=40)
    switch.call(CallSetup(did=DID, script=CallScript.parse("1,2"), on_note=look), timeout_s=20)
    rig.drained()
    assert seen == [("welcome", "asking"), ("has_license", "asking"), ("unqualified", "ending")]
    publisher.publish()
    assert stands(cache) == {}

    seen.clear()
    switch.call(CallSetup(did=DID, script=CallScript.parse("1,1,1"), on_note=look), timeout_s=20)
    rig.drained()
    assert seen[-1] == ("agent", "bridging")


def test_a_call_that_came_and_went_between_two_batches_is_never_told(rig, cache, publisher):
    publisher.publish()
    at = LiveReader(cache).everything().at
    DevSwitch(rig.targets, speed=40).call(
        CallSetup(did=DID, script=CallScript.parse("9")), timeout_s=20
    )
    rig.drained()
    publisher.publish()
    assert LiveReader(cache).changes(at, 0.01)[1] == []


def test_a_refused_call_is_no_live_call(rig, cache, publisher):
    DevSwitch(rig.targets, speed=40).call(CallSetup(did="+14155550199"), timeout_s=20)
    publisher.publish()
    assert stands(cache) == {}


def test_a_redis_that_was_away_is_told_how_things_stand_now(rig, redis_url, cache):
    publisher = LivePublisher(rig.live, LiveWriter("redis://127.0.0.1:1/0", "esl-a"))
    live = DevSwitch(rig.targets).start(CallSetup(did=DID))
    rig.until(lambda: rig.live._changed)
    publisher.publish()  # nobody is there
    publisher._writer = LiveWriter(redis_url, "esl-a")
    publisher.publish()
    assert [node for node, _ in stands(cache).values()] == ["welcome"]
    live.hang_up()
    rig.drained()

