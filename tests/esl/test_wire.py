"""A call's socket: whatever the far side takes, when it takes nothing, and when it is gone."""

from __future__ import annotations

from _socket import socket as PlainSocket
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import gevent
import pytest
from gevent import socket as gsocket

from esl_server.switch.socket import Wire
from esl_server.switch.turn import Turn


@pytest.fixture
def turn() -> Turn:
    return Turn()


@pytest.fixture
def pair(turn: Turn) -> Iterator[tuple[Wire, gsocket.socket]]:
    ours, theirs = gsocket.socketpair()
    ours.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_SNDBUF, 4096)
    wire = Wire(PlainSocket(fileno=ours.detach()), turn)
    yield wire, theirs
    wire.close()
    gevent.sleep(0)
    theirs.close()


def take_all(theirs: gsocket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        received = theirs.recv(1000)
        if not received:
            break
        taken += received
    return taken


def test_what_is_sent_leaves_at_the_end_of_the_turn_in_its_order(
    pair: tuple[Wire, gsocket.socket], turn: Turn
) -> None:
    wire, theirs = pair
    theirs.setblocking(False)
    wire.send(b"one ")
    wire.send(b"two")
    with pytest.raises(BlockingIOError):
        theirs.recv(100)
    gevent.sleep(0)
    assert theirs.recv(100) == b"one two"


def test_a_turn_ends_once_however_many_steps_it_has_and_in_their_order(turn: Turn) -> None:
    ends: list[object] = []
    loop = turn._loop

    def run_callback(end: Callable[[], None]) -> None:
        ends.append(end)
        loop.run_callback(end)

    turn._loop = SimpleNamespace(run_callback=run_callback)
    done: list[str] = []
    turn.after_send(lambda: done.append("after"))
    turn.send(lambda: done.append("sent"))
    turn.before_send(lambda: done.append("before"))
    gevent.sleep(0)
    assert done == ["before", "sent", "after"]
    assert len(ends) == 1
    turn.send(lambda: done.append("next turn"))
    gevent.sleep(0)
    assert done[3:] == ["next turn"]
    assert len(ends) == 2


def test_a_step_that_fails_holds_up_no_other(turn: Turn, caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []
    turn.send(lambda: done.append(str(1 // 0)))
    turn.send(lambda: done.append("sent"))
    gevent.sleep(0)
    assert done == ["sent"]
    assert "a step of the turn failed" in caplog.text


def test_a_far_side_that_takes_little_at_a_time_gets_every_byte_once(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    data = bytes(range(256)) * 2000
    assert wire.send(data) == len(data)
    gevent.sleep(0)
    assert wire.send(b"the end") == 7
    with gevent.Timeout(10):
        assert take_all(theirs, len(data) + 7) == data + b"the end"
    wire.send(b"again")
    with gevent.Timeout(10):
        assert take_all(theirs, 5) == b"again"


def test_what_was_sent_before_the_close_arrives(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    wire.send(b"bye")
    wire.close()
    wire.close()
    with gevent.Timeout(5):
        assert theirs.recv(100) == b"bye"
        assert theirs.recv(100) == b""
    with pytest.raises(OSError, match="closed"):
        wire.recv_into(bytearray(10))


def test_a_far_side_that_takes_nothing_does_not_hold_up_the_close(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    wire.send(b"x" * 1_000_000)
    gevent.sleep(0)
    wire.close()
    with gevent.Timeout(5):
        assert len(take_all(theirs, 1_000_000)) < 1_000_000


def test_that_the_far_side_is_gone_is_for_the_reader(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    theirs.close()
    wire.send(b"hello")
    gevent.sleep(0)
    with gevent.Timeout(5):
        assert wire.recv_into(bytearray(10)) == 0


def test_who_waits_is_woken_by_the_close(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, _theirs = pair
    waiting = gevent.spawn(wire.recv_into, bytearray(10))
    gevent.sleep(0)
    wire.close()
    with gevent.Timeout(5), pytest.raises(ConnectionAbortedError):
        waiting.get()
