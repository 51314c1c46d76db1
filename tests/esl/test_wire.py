"""A call's socket: whatever the far side takes, when it takes nothing, and when it is gone; and who serves it."""

from __future__ import annotations

import os
from _socket import socket as PlainSocket
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import gevent
import pytest
from gevent import socket as gsocket

from esl_server.switch import socket as socket_module
from esl_server.switch.socket import Acceptor, Wire
from esl_server.switch.turn import Turn


@pytest.fixture
def turn() -> Turn:
    return Turn()


@pytest.fixture
def pair(turn: Turn) -> Iterator[tuple[Wire, gsocket.socket]]:
    ours, theirs = gsocket.socketpair()
    ours.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_SNDBUF, 4096)
    fd = ours.detach()
    os.set_blocking(fd, True)  # as accept() gives it
    wire = Wire(PlainSocket(fileno=fd), turn)
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
    with gevent.Timeout(30):
        assert take_all(theirs, len(data) + 7) == data + b"the end"
    wire.send(b"again")
    with gevent.Timeout(30):
        assert take_all(theirs, 5) == b"again"


def test_what_was_sent_before_the_close_arrives(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    wire.send(b"bye")
    wire.close()
    wire.close()
    with gevent.Timeout(30):
        assert theirs.recv(100) == b"bye"
        assert theirs.recv(100) == b""
    with pytest.raises(OSError, match="closed"):
        wire.recv_into(bytearray(10))


def test_a_far_side_that_takes_nothing_does_not_hold_up_the_close(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    wire.send(b"x" * 1_000_000)
    gevent.sleep(0)
    wire.close()
    with gevent.Timeout(30):
        assert len(take_all(theirs, 1_000_000)) < 1_000_000


def test_that_the_far_side_is_gone_is_for_the_reader(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    theirs.close()
    for _ in range(3):
        wire.send(b"hello")
        gevent.sleep(0)
        assert wire._unsent == b"", "nothing is kept for nobody"
    assert wire._writable is None
    with gevent.Timeout(30):
        assert wire.recv_into(bytearray(10)) == 0


def test_who_waits_is_woken_by_the_close(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, _theirs = pair
    waiting = gevent.spawn(wire.recv_into, bytearray(10))
    gevent.sleep(0)
    wire.close()
    with gevent.Timeout(30), pytest.raises(ConnectionAbortedError):
        waiting.get()


def test_a_wake_up_without_data_is_waited_out(pair: tuple[Wire, gsocket.socket]) -> None:
    wire, theirs = pair
    buffer = bytearray(10)
    waiting = gevent.spawn(wire.recv_into, buffer)
    gevent.sleep(0)
    gevent.get_hub().loop.run_callback(waiting.switch)
    gevent.sleep(0)
    assert not waiting.ready()
    theirs.sendall(b"data")
    with gevent.Timeout(20):
        assert waiting.get() == 4
    assert bytes(buffer[:4]) == b"data"


def test_a_shutdown_from_elsewhere_ends_the_wait_like_the_end_of_the_stream(
    pair: tuple[Wire, gsocket.socket],
) -> None:
    wire, _theirs = pair
    waiting = gevent.spawn(wire.recv_into, bytearray(10))
    gevent.sleep(0)
    wire.shutdown(gsocket.SHUT_RDWR)
    with gevent.Timeout(20):
        assert waiting.get() == 0


# -- connections that are accepted --------------------------------------------------------------------------------


class Served:
    """Reads what a client sends, and what it notes of each connection; `fail` makes it raise."""

    def __init__(self) -> None:
        self.greenlets: list[object] = []
        self.addresses: list[tuple[str, int]] = []

    def __call__(self, wire: Wire, address: tuple[str, int]) -> None:
        self.greenlets.append(gevent.getcurrent())
        self.addresses.append(address)
        buffer = bytearray(10)
        count = wire.recv_into(buffer)
        if buffer[:count] == b"fail":
            raise RuntimeError("no such call")
        wire.send(buffer[:count] + wire.getsockname()[0].encode())


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def acceptor(served: Served, turn: Turn) -> Iterator[Acceptor]:
    acceptor = Acceptor(("127.0.0.1", 0), served, turn)
    acceptor.start()
    with gevent.Timeout(60):
        yield acceptor
    acceptor.stop()


def ask(acceptor: Acceptor, data: bytes) -> tuple[bytes, tuple[str, int]]:
    with gsocket.create_connection(acceptor.address) as client:
        client.sendall(data)
        return take_all(client, 1000), client.getsockname()


def test_each_connection_is_served_with_its_address_and_closed_after_it(acceptor: Acceptor, served: Served) -> None:
    own = [ask(acceptor, data) for data in (b"one ", b"two ")]
    assert [told for told, _ in own] == [b"one 127.0.0.1", b"two 127.0.0.1"]
    assert served.addresses == [address for _, address in own]


def test_a_connection_that_fails_is_closed_and_logged_and_the_next_is_served(
    acceptor: Acceptor, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(acceptor, b"fail")[0] == b""
    assert "a connection's greenlet failed" in caplog.text
    assert ask(acceptor, b"next ")[0] == b"next 127.0.0.1"


def test_a_greenlet_serves_one_connection_after_the_other(acceptor: Acceptor, served: Served) -> None:
    for _ in range(3):
        ask(acceptor, b"x")
    assert len(set(served.greenlets)) == 1


def test_so_many_idle_greenlets_are_kept_and_no_more(
    acceptor: Acceptor, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_module, "MOST_IDLE", 2)
    clients = [gsocket.create_connection(acceptor.address) for _ in range(3)]
    while len(served.greenlets) < 3:
        gevent.sleep(0)
    for client in clients:
        client.sendall(b"x")
        assert take_all(client, 1000)
        client.close()
    assert len(acceptor._idle) == 2
    assert ask(acceptor, b"next ")[0] == b"next 127.0.0.1"
    assert len(set(served.greenlets)) == 3


def test_an_acceptor_without_a_connection_has_none(acceptor: Acceptor) -> None:
    acceptor.socket.setblocking(False)
    assert acceptor.do_read() is None
