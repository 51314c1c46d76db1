"""Turns: one at a time, in the order of asking, bounded."""

from __future__ import annotations

import threading

import pytest

from tests.helpers import wait_until
from tts.client.errors import TtsUnavailable
from tts.server.turns import Turns


def queued(turns: Turns) -> int:
    return len(turns._queue)


def ask(turns: Turns, done: list[int], number: int, go: threading.Event) -> threading.Thread:
    def work() -> None:
        with turns.one():
            go.wait(30)
            done.append(number)

    before = queued(turns)
    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: queued(turns) == before + 1, 30, "it has asked")
    return thread


def test_turns_come_in_the_order_of_asking_and_one_at_a_time() -> None:
    turns, done, go = Turns(50, 30), list[int](), threading.Event()
    threads = [ask(turns, done, number, go) for number in range(20)]
    assert done == []
    go.set()
    for thread in threads:
        thread.join()
    assert done == list(range(20))
    assert queued(turns) == 0


def test_who_finds_every_place_taken_is_refused_at_once_with_a_time_to_retry() -> None:
    turns, go = Turns(2, 30), threading.Event()
    threads = [ask(turns, [], number, go) for number in range(2)]
    with pytest.raises(TtsUnavailable) as refused, turns.one():
        pass
    assert refused.value.code == "tts_busy"
    assert refused.value.retry_after_s > 0
    go.set()
    for thread in threads:
        thread.join()
    with turns.one():
        assert queued(turns) == 1


def test_who_has_waited_too_long_gives_way_to_those_behind() -> None:
    turns, go, done = Turns(5, 0.05), threading.Event(), list[int]()
    first = ask(turns, done, 1, go)
    with pytest.raises(TtsUnavailable), turns.one():
        pass
    go.set()
    first.join()
    with turns.one():
        done.append(2)
    assert done == [1, 2]


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns(5, 30)
    with pytest.raises(ValueError, match="broken"), turns.one():
        raise ValueError("broken")
    with turns.one():
        assert queued(turns) == 1
