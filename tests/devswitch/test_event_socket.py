"""The development switch's own event socket, and our client for it: what FreeSWITCH's would do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import gevent
import pytest
from gevent import socket as gsocket
from gevent.server import StreamServer

from devswitch.dialplan import Dialplan
from devswitch.event_socket import EventSocket
from devswitch.switch import CallSetup, DevSwitch, SwitchCall
from ivr.clients.ringing import NoCallsOut, Ringer
from ivr.clients.switch import Switch, SwitchUnavailable
from ivr.domain.telephones.dial_string import Dialled
from ivr.domain.tickets import new_ticket
from tests.ports import free_address

PASSWORD = "a-password"


@pytest.fixture
def calls() -> dict[str, SwitchCall]:
    return {}


@pytest.fixture
def events(calls: dict[str, SwitchCall]) -> Iterator[EventSocket]:
    listening = EventSocket(("127.0.0.1", 0), PASSWORD, calls.get)
    listening.start()
    yield listening
    listening.stop()


@pytest.fixture
def live(calls: dict[str, SwitchCall]) -> SwitchCall:
    """A call that hears silence for a while."""
    dialplan = Dialplan((("answer", ""), ("playback", "silence_stream://20000")))
    begun = DevSwitch(dialplan).start(CallSetup(did="+14155550100"))
    calls[begun.channel.who.channel_uuid] = begun
    return begun


def client(events: EventSocket, password: str = PASSWORD) -> Switch:
    return Switch(f"127.0.0.1:{events.address[1]}", lambda: password, timeout_s=20)


def test_calls_out_are_refused_at_once(events: EventSocket) -> None:
    ringer = Ringer(f"127.0.0.1:{events.address[1]}", lambda: PASSWORD, timeout_s=20)
    number = "+14155552671"
    call = Dialled(str(uuid.uuid4()), "carrier.0.0123456789", number, number, number, new_ticket(), 300)
    with pytest.raises(NoCallsOut):
        ringer.ring(call, lambda state: None)


def test_a_call_is_hung_up_whatever_it_is_doing(events: EventSocket, live: SwitchCall) -> None:
    assert client(events).hang_up(live.channel.who.channel_uuid)
    assert live.wait(30).hangup_cause == "MANAGER_REQUEST"


def test_an_order_is_put_on_the_channel_and_a_key_pressed(events: EventSocket, live: SwitchCall) -> None:
    uuid = live.channel.who.channel_uuid
    assert client(events).give_order(uuid, "area;once;abc")
    assert live.channel.find_variable("ivr_order") == "area;once;abc"
    assert client(events).take_order_back(uuid)
    assert live.channel.find_variable("ivr_order") is None
    gevent.sleep(0)
    live.hang_up()
    assert [key.key for key in live.wait(30).dtmf] == ["D"]


def test_the_moment_an_agent_answered_is_found(events: EventSocket, live: SwitchCall) -> None:
    uuid, nobody = live.channel.who.channel_uuid, "0198d7a2-1234-4a2b-9c1d-0123456789ab"
    assert client(events).answered_ms([uuid, nobody, "no uuid"]) == {}
    live.channel.set("answered_time", "1773014400123456")
    assert client(events).answered_ms([uuid, nobody]) == {}, "that was the caller's own answer"
    live.channel.set("originate_disposition", "SUCCESS")
    assert client(events).answered_ms([uuid, nobody]) == {uuid: 1_773_014_400_123}
    live.hang_up()


def test_it_can_make_talks_of_all(events: EventSocket) -> None:
    assert client(events).has_conferences()


def test_a_channel_that_is_not_there_is_said(events: EventSocket) -> None:
    nobody = "0198d7a2-1234-4a2b-9c1d-0123456789ab"
    assert not client(events).hang_up(nobody)
    assert not client(events).give_order(nobody, "area;once;abc")


def test_without_the_password_nothing_is_done(events: EventSocket, live: SwitchCall) -> None:
    with pytest.raises(SwitchUnavailable, match="password"):
        client(events, "wrong").hang_up(live.channel.who.channel_uuid)
    with gsocket.create_connection(events.address, timeout=20) as sock:
        sock.sendall(f"api uuid_kill {live.channel.who.channel_uuid}\n\nexit\n\n".encode())
        said = b"".join(iter(lambda: sock.recv(4096), b""))
    assert b"-ERR command not found" in said
    assert live.channel.is_up
    live.hang_up()


@pytest.mark.parametrize("bad", ["x", "0198d7a2-1234-4a2b-9c1d-0123456789ab\n\napi shutdown", "${system(id)}", ""])
def test_what_is_no_channel_id_never_reaches_the_switch(events: EventSocket, bad: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        client(events).hang_up(bad)
    with pytest.raises(ValueError, match="not allowed"):
        client(events).give_order("0198d7a2-1234-4a2b-9c1d-0123456789ab", "a b")


def test_commands_that_this_switch_has_not_are_errors(events: EventSocket) -> None:
    with gsocket.create_connection(events.address, timeout=20) as sock:
        sock.sendall(f"auth {PASSWORD}\n\napi shutdown\n\napi uuid_kill\n\nevents plain all\n\nexit\n\n".encode())
        said = b"".join(iter(lambda: sock.recv(4096), b"")).decode()
    assert "-ERR shutdown command not found!" in said
    assert "-ERR No such channel!" in said
    assert said.count("-ERR") == 3


@pytest.mark.parametrize(
    "says",
    [
        b"",
        b"Content-Type: auth/request\n\n",
        b"nonsense\n\n",
        b"Content-Type: text/rude-rejection\nContent-Length: 9\n\nx",
    ],
)
def test_a_peer_that_is_no_switch_costs_no_more_than_the_time_limit(says: bytes) -> None:
    def serve(sock: gsocket.socket, _address: object) -> None:
        sock.sendall(says)
        sock.recv(100)
        sock.close()

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    with gevent.Timeout(20), pytest.raises(SwitchUnavailable):
        Switch(f"127.0.0.1:{server.server_port}", lambda: "x", timeout_s=0.5).hang_up(
            "0198d7a2-1234-4a2b-9c1d-0123456789ab"
        )
    server.stop()


def test_a_dead_port_is_said_at_once() -> None:
    with pytest.raises(SwitchUnavailable):
        Switch(free_address(), lambda: "x").hang_up("0198d7a2-1234-4a2b-9c1d-0123456789ab")
