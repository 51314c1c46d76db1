"""SIP over TCP: where messages end, who is too slow, and what becomes of a call whose connection is gone."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devswitch.sip import transports
from devswitch.sip.framing import BadFraming, Framer
from devswitch.sip.transports import Tcp
from sipp_scenarios.cases import Case
from sipp_scenarios.sipp import call as sipp_call
from tests.devswitch_sip.telephone import Telephone
from tests.devswitch_sip.test_calls import answered_call, assert_over
from tests.devswitch_sip.test_hostile import DID, request
from tests.ports import free_address
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_dialplan import write_tone

_MESSAGES = (request("OPTIONS", body=""), request(), request(body="x\r\n\r\ny" * 50))


# -- where a message ends -----------------------------------------------------------------------------------------


@given(
    order=st.lists(st.sampled_from(_MESSAGES), max_size=5),
    blanks=st.integers(0, 3),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=20),
)
def test_messages_are_the_same_however_the_stream_comes_apart(
    order: list[bytes], blanks: int, sizes: list[int]
) -> None:
    stream = b"".join(b"\r\n" * blanks + message for message in order)
    framer, found, at, turn = Framer(), [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        found += framer.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert found == order
    assert not framer.is_midway


@pytest.mark.parametrize(
    "data",
    [
        request(drop="Content-Length"),
        request(length="-1"),
        request(length="x"),
        request(length="1e3"),
        request(length="99999"),
        request(length="9" * 5000),
        request(length="2", l="90"),
        b"x" * 9000,
        b"INVITE sip:x SIP/2.0\r\n" + b"X-Y: z\r\n" * 2000,
    ],
)
def test_stream_whose_messages_cannot_be_told_apart_is_given_up(data: bytes) -> None:
    with pytest.raises(BadFraming):
        Framer().feed(data)


@given(st.binary(max_size=2000))
def test_framer_takes_anything_or_gives_it_up(data: bytes) -> None:
    with contextlib.suppress(BadFraming):
        assert all(message in data for message in Framer().feed(data))


# -- who is too slow ----------------------------------------------------------------------------------------------


def listening(test: Callable[[Tcp], Coroutine[Any, Any, None]]) -> None:
    """Runs the test with a transport on a port of its own."""

    async def run() -> None:
        tcp = Tcp(("127.0.0.1", 0))
        await tcp.start()
        try:
            async with asyncio.timeout(30):
                await test(tcp)
        finally:
            await tcp.stop()

    asyncio.run(run())


async def is_closed(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("begun", [b"", b"INVITE sip:", request()[:-5], b"\r\n\r\n"])
def test_connection_without_a_whole_message_in_time_is_closed(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "_MESSAGE_WITHIN_S", 0.2)

    async def test(tcp: Tcp) -> None:
        reader, writer = await asyncio.open_connection(*tcp.local_addr)
        writer.write(begun)
        assert await is_closed(reader)

    listening(test)


def test_message_that_trickles_in_is_taken_and_one_that_never_ends_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "_MESSAGE_WITHIN_S", 1.0)

    async def test(tcp: Tcp) -> None:
        taken = asyncio.Event()
        tcp.on_message = lambda message, addr: taken.set()
        reader, writer = await asyncio.open_connection(*tcp.local_addr)
        for start in range(0, len(_MESSAGES[0]), 20):
            writer.write(_MESSAGES[0][start : start + 20])
            await asyncio.sleep(0.01)
        await taken.wait()
        for byte in b"OPTIONS " * 1000:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.01)
            if reader.at_eof() or reader.exception():
                return
        raise AssertionError("still open")

    listening(test)


def test_caller_who_does_not_read_what_we_say_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "_MAX_UNSENT_BYTES", 4096)

    async def test(tcp: Tcp) -> None:
        lost, answer = asyncio.Event(), request("OPTIONS", body="x" * 10_000)
        tcp.on_lost = lambda addr: lost.set()
        tcp.on_message = lambda message, addr: tcp._connections[addr].send(answer * 1000)
        with socket.create_connection(tcp.local_addr) as sock:
            sock.sendall(_MESSAGES[0])
            await lost.wait()

    listening(test)


def test_silent_connections_without_a_call_are_closed_and_those_with_one_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transports, "_IDLE_S", -1.0)

    async def test(tcp: Tcp) -> None:
        idle, _ = await asyncio.open_connection(*tcp.local_addr)
        talking, writer = await asyncio.open_connection(*tcp.local_addr)
        while len(tcp._connections) < 2:
            await asyncio.sleep(0.01)
        tcp.close_idle({writer.get_extra_info("sockname")})
        assert await is_closed(idle)
        assert len(tcp._connections) == 1
        assert not talking.at_eof()

    listening(test)


def test_connections_beyond_the_limit_and_from_elsewhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "_MAX_CONNECTIONS", 3)

    async def test(tcp: Tcp) -> None:
        first = [await asyncio.open_connection(*tcp.local_addr) for _ in range(3)]
        while len(tcp._connections) < 3:
            await asyncio.sleep(0.01)
        late, _ = await asyncio.open_connection(*tcp.local_addr)
        assert await is_closed(late)
        for _, writer in first:
            writer.close()
        while tcp._connections:
            await asyncio.sleep(0.01)
        tcp.admits = lambda host: False
        stranger, _ = await asyncio.open_connection(*tcp.local_addr)
        assert await is_closed(stranger)

    listening(test)


# -- calls --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("sipp") is None, reason="no SIPp on this machine (Debian package sip-tester)")
def test_sipp_calls_over_tcp(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, tmp_path: Path
) -> None:
    prompt = switch.prompts / "tcp.wav"
    write_tone(prompt, 5000)
    case = Case("hang_up_mid_prompt", None, transport="tcp")
    problem = beside.submit(sipp_call, case, f"{switch.sip[0]}:{switch.sip[1]}", "+14805551234", tmp_path)
    call = server.take_call()
    call.execute("answer")
    call.begin("playback", str(prompt))
    assert_over(call)
    assert problem.result(20) is None


class Line:
    """A caller's TCP connection."""

    def __init__(self, switch: Switch) -> None:
        self._sock = socket.create_connection(switch.sip, 30)
        self._framer = Framer()
        self._unread: list[bytes] = []

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def status(self) -> int:
        """Of the next final answer."""
        while True:
            while not self._unread:
                self._unread += self._framer.feed(self._sock.recv(65536))
            first = self._unread.pop(0).split()
            if first[0] == b"SIP/2.0" and int(first[1]) >= 200:
                return int(first[1])

    def hang_up(self) -> None:
        self._sock.close()


def test_requests_one_after_the_other_and_blank_lines_between_them_are_answered(switch: Switch) -> None:
    line = Line(switch)
    line.send(b"\r\n\r\n".join(request("OPTIONS", body="") for _ in range(3)))
    assert [line.status() for _ in range(3)] == [200, 200, 200]
    line.send(request("BYE", body=""))
    assert line.status() == 481
    line.hang_up()


def test_answer_over_tcp_says_tcp_and_follows_the_proxies_that_want_to_stay(
    switch: Switch, server: ScriptedServer
) -> None:
    with socket.create_connection(switch.sip, 30) as sock:
        sock.sendall(request(Record_Route="<sip:127.0.0.9;lr>"))
        call = server.take_call()
        call.execute("answer")
        answer = b""
        while b" 200 " not in answer:
            answer += sock.recv(65536)
        answer = answer[answer.index(b"SIP/2.0 200") :]
        assert b";transport=tcp>\r\n" in answer
        assert b"Record-Route: <sip:127.0.0.9;lr>\r\n" in answer
        call.execute("hangup")


def test_caller_whose_connection_is_gone_before_the_answer_is_gone(switch: Switch, server: ScriptedServer) -> None:
    line = Line(switch)
    line.send(request())
    call = server.take_call()
    line.hang_up()
    assert_over(call)


def test_same_call_id_over_udp_and_tcp_is_two_calls(switch: Switch, server: ScriptedServer) -> None:
    invite = request()
    line = Line(switch)
    line.send(invite)
    first = server.take_call()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(invite, switch.sip)
        second = server.take_call()
        second.execute("respond", "404")
    assert first.getvar("destination_number") in (DID, None)
    line.hang_up()
    assert_over(first)


# -- agents -------------------------------------------------------------------------------------------------------


def test_agent_over_tcp_answers_and_hangs_up(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        target = f"sofia/digitree/+14155550199@{switch.sip[0]}:{switch.sip[1]};transport=tcp"
        done = beside.submit(call.execute, "bridge", target)
        agent = server.take_call()
        agent.execute("answer")
        pressed = beside.submit(agent.press)
        phone.send_event("8")
        assert pressed.result(20) == "8"
        agent.execute("hangup")
        done.result(20)
        assert call.getvar("originate_disposition") == "SUCCESS"
        call.execute("hangup")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_agent_who_cannot_be_connected_fails_at_once(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, transport: str
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "continue_on_fail=true")
        target = f"sofia/digitree/agent@{free_address()};transport={transport}"
        beside.submit(call.execute, "bridge", target).result(20)
        assert call.getvar("originate_disposition") == "NORMAL_TEMPORARY_FAILURE"
        call.execute("hangup")


def test_agent_over_tcp_who_closes_the_line_while_it_rings_is_unreachable(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as agent, Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "continue_on_fail=true")
        target = f"sofia/digitree/agent@127.0.0.1:{agent.getsockname()[1]};transport=tcp"
        done = beside.submit(call.execute, "bridge", target)
        line, _ = agent.accept()
        line.settimeout(20)
        invite = line.recv(65536)
        assert invite.startswith(b"INVITE ")
        assert b"Via: SIP/2.0/TCP " in invite
        line.close()
        done.result(20)
        assert call.getvar("originate_disposition") == "NORMAL_TEMPORARY_FAILURE"
        call.execute("hangup")
