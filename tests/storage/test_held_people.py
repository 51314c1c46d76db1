"""Who is held by a call that is over, and of which no process knows, is free soon."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest

from ivr.clients.switch import SwitchUnavailable
from ivr.storage.redis.live_calls import LiveReader, LiveWriter
from ivr.storage.redis.waiting_lines import WaitingLines
from keeper.held_people import HeldPeople

CHANNELS = {"call_1": "0198d7a2-1234-4a2b-9c1d-000000000001", "call_2": "0198d7a2-1234-4a2b-9c1d-000000000002"}


class Switch:
    """`there`: its channels; `away`: nobody answers."""

    def __init__(self) -> None:
        self.there = set(CHANNELS.values())
        self.away = False

    def existing(self, channels: Sequence[str]) -> set[str]:
        if self.away:
            raise SwitchUnavailable("no answer")
        return self.there & set(channels)


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
def process(cache: str) -> Iterator[LiveWriter]:
    """The one that has both calls."""
    writer = LiveWriter(cache, "esl-1")
    texts = {call: f"{channel};;;ivr_a;1;ring;talking;0;0;0" for call, channel in CHANNELS.items()}
    writer.tell_all(texts)
    yield writer
    writer.close()


@pytest.fixture
def lines(cache: str) -> Iterator[WaitingLines]:
    """Each call holds a person for an hour."""
    store, now_ms = WaitingLines(cache), time.time_ns() // 1_000_000
    for call, person in (("call_1", "ann"), ("call_2", "ben")):
        store.hold(call, [person], now_ms, now_ms + 3_600_000)
    yield store
    store.close()


@pytest.fixture
def keeper(cache: str, lines: WaitingLines, process: LiveWriter, switch: Switch) -> Iterator[HeldPeople]:
    reader = LiveReader(cache)
    yield HeldPeople(lines, reader, switch.existing)
    reader.close()


def held(lines: WaitingLines) -> set[str]:
    return set(lines.holds(time.time_ns() // 1_000_000))


def end(process: LiveWriter, cache: str) -> None:
    """As a killed process leaves it, whose hash has expired."""
    process._redis.delete("digitree:calls:at:esl-1")


def test_whom_a_call_held_is_free_when_its_channel_and_its_process_are_gone(
    cache: str, lines: WaitingLines, process: LiveWriter, switch: Switch, keeper: HeldPeople
) -> None:
    keeper.look()
    end(process, cache)
    keeper.look()
    assert held(lines) == {"ann", "ben"}, "the talks go on"
    switch.there.remove(CHANNELS["call_1"])
    keeper.look()
    assert held(lines) == {"ben"}


def test_a_process_frees_whom_its_own_calls_held(
    lines: WaitingLines, switch: Switch, keeper: HeldPeople, process: LiveWriter, cache: str
) -> None:
    keeper.look()
    switch.there.clear()
    keeper.look()
    assert held(lines) == {"ann", "ben"}
    end(process, cache)
    keeper.look()
    assert held(lines) == set()


def test_a_channel_that_this_switch_never_had_may_be_anothers(
    lines: WaitingLines, switch: Switch, keeper: HeldPeople, process: LiveWriter, cache: str
) -> None:
    switch.there.remove(CHANNELS["call_1"])
    end(process, cache)
    keeper.look()
    keeper.look()
    assert held(lines) == {"ann", "ben"}


def test_while_the_switch_does_not_answer_nobody_is_freed(
    lines: WaitingLines, switch: Switch, keeper: HeldPeople, process: LiveWriter, cache: str
) -> None:
    keeper.look()
    end(process, cache)
    switch.away = True
    with pytest.raises(SwitchUnavailable):
        keeper.look()
    assert held(lines) == {"ann", "ben"}
