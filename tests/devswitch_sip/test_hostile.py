"""Whatever the network sends, calls under way are unharmed, and the log says each kind of trouble once in a while."""

from __future__ import annotations

import contextlib
import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiosipua import transaction

from tests.devswitch_sip.telephone import Telephone
from tests.devswitch_sip.test_calls import answered_call, assert_over
from tests.helpers import wait_until
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_dialplan import write_tone

DID = "+14155550100"
_SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
_MANY_HEADERS: dict[str, Any] = {f"X-{number}": "y" for number in range(300)}


def request(
    method: str = "INVITE",
    *,
    body: str = _SDP,
    length: str | None = None,
    drop: str = "",
    port: int = 5062,
    **headers: str,
) -> bytes:
    """A request that is well formed but for what is asked; header names with _ for -."""
    number = random.getrandbits(64)
    lines = {
        "Via": f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{number:x};rport",
        "From": f"<sip:+14805551234@127.0.0.1>;tag={number:x}",
        "To": f"<sip:{DID}@127.0.0.1>",
        "Call-ID": f"{number:x}",
        "CSeq": f"1 {method}",
        "Contact": f"<sip:caller@127.0.0.1:{port}>",
        "Content-Type": "application/sdp",
        "Content-Length": str(len(body)) if length is None else length,
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines.pop(drop, None)
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} sip:{DID}@127.0.0.1 SIP/2.0\r\n{head}\r\n{body}".encode()


def status_of(switch: Switch, data: bytes, within_s: float = 30.0) -> int | None:
    """The final status that comes back for a message, which is repeated as UDP wants it; None: nothing comes."""
    deadline, interval_s = time.monotonic() + within_s, transaction.T1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # What was meant for the last socket on this port, the sound of another test's call, is not heard.
        sock.connect(switch.sip)
        while (left_s := deadline - time.monotonic()) > 0:
            sock.send(data)
            sock.settimeout(min(interval_s, left_s))
            interval_s *= 2
            with contextlib.suppress(TimeoutError):
                while True:
                    status = int(sock.recv(65536).split()[1])
                    if status >= 200:
                        return status
    return None


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 100,
        b"INVITE",
        b"INVITE sip:x SIP/2.0\r\n\r\n",
        b"SIP/2.0\r\n\r\n",
        b"SIP/2.0 abc OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: y\r\nCall-ID: z\r\n\r\n",
        b"\xff\xfe" * 4000,
        request() + b"x" * 60000,
        request("INVITE", **_MANY_HEADERS),
        request(Via="nonsense"),
        request(drop="Via"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_dropped(switch: Switch, data: bytes) -> None:
    assert status_of(switch, data, within_s=0.5) is None


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request(drop="Call-ID"), 400),
        (request(drop="CSeq"), 400),
        (request(drop="Contact"), 400),
        (request(CSeq="x INVITE"), 400),
        (request(CSeq="99999999999 INVITE"), 400),
        (request(CSeq="1 BYE"), 400),
        (request(From="<sip:x@127.0.0.1>"), 400),
        (request(Call_ID="x" * 1000), 400),
        (request(length="-1"), 400),
        (request(length="x"), 400),
        (request(length="99999"), 400),
        (request("BYE", body=""), 481),
        (request("CANCEL", body=""), 481),
        (request("INFO", body=""), 481),
        (request("UPDATE", body=""), 481),
        (request("REFER", body=""), 405),
        (request("SUBSCRIBE", body=""), 405),
        (request("A" * 200, body=""), 405),
        (request(To=f"<sip:{DID}@127.0.0.1>;tag=guess"), 481),
        (request(body=_SDP.replace("m=audio 4000", "m=audio 99999")), 488),
        (request(body=_SDP + "a=x\r\n" * 500), 488),
        (request(body=_SDP + "m=audio 4000 RTP/AVP 0\r\n" * 100), 488),
        (request(body=_SDP.replace("IN IP4 127.0.0.1\r\nt", "IN IP4 224.0.0.1\r\nt")), 488),
        (request(body="v=0\r\nm=audio " + "9" * 3000 + " RTP/AVP 0\r\n"), 488),
    ],
)
def test_malformed_and_misplaced_requests_get_their_status(
    switch: Switch, server: ScriptedServer, data: bytes, status: int
) -> None:
    assert status_of(switch, data) == status
    assert not server.is_called(within_s=0.05)


def dial_once(switch: Switch, user: str) -> int:
    with Telephone(switch.sip) as phone:
        return phone.dial(user)


def test_answer_goes_to_the_sender_whoever_he_says_should_get_it(switch: Switch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim, socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM
    ) as sender:
        victim.bind(("127.0.0.2", 0))
        victim.settimeout(0.3)
        sender.bind(("127.0.0.1", 0))
        sender.settimeout(20)
        port, victim_port = sender.getsockname()[1], victim.getsockname()[1]
        via = f"SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKx;received=127.0.0.2;rport={victim_port}"
        sender.sendto(request("OPTIONS", body="", Via=via), switch.sip)
        with pytest.raises(TimeoutError):
            victim.recv(65536)


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**9])
@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE"])
def test_a_port_that_is_none_costs_nobody_else_his_call(switch: Switch, method: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
        for via in (f"127.0.0.1:{port};branch=z9hG4bKx;rport", f"127.0.0.1;branch=z9hG4bKy;rport={port}"):
            sip.sendto(request(method, port=port, Via=f"SIP/2.0/UDP {via}"), switch.sip)
    assert dial_once(switch, "nobody") == 404
    assert "Traceback" not in switch.log.read_text()


def test_call_and_its_prompt_live_through_a_flood_of_garbage(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    prompt = switch.prompts / "flood.wav"
    write_tone(prompt, 3000)
    rng = random.Random(1)
    whole = request()
    with Telephone(switch.sip) as phone, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        flood.bind(("127.0.0.3", 0))
        call = answered_call(server, phone, beside)
        lines = len(switch.log.read_text().splitlines())
        playing = beside.submit(call.execute, "playback", str(prompt))
        for _ in range(3000):
            cut = bytearray(whole[: rng.randrange(len(whole))])
            for _ in range(rng.randrange(4)):
                if cut:
                    cut[rng.randrange(len(cut))] = rng.randrange(256)
            flood.sendto(bytes(cut), switch.sip)
        playing.result(30)
        phone.catch_up()
        assert len(phone.loud_times_s()) >= 145 or "cannot keep up" in switch.log.read_text()
        assert len(switch.log.read_text().splitlines()) - lines < 60
        pressed = beside.submit(call.press)
        phone.send_event("3")
        assert pressed.result(20) == "3"
        phone.hang_up()
        assert_over(call)


def test_bye_with_guessed_tags_ends_nobodys_call(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        assert status_of(switch, request("BYE", body="", Call_ID=phone._call_id, CSeq="99 BYE")) == 481
        call.execute("sleep", "100")
        call.execute("hangup")
        assert phone.far_side_hung_up.wait(20)


def test_flood_of_calls_is_refused_and_the_next_caller_is_served(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as flood:
        flood.bind(("127.0.0.4", 0))
        flood.settimeout(20)
        port = flood.getsockname()[1]
        statuses: set[int] = set()
        # To something that is no number: each is refused without our server, once it is let in at all.
        for _ in range(300):
            data = request(port=port).replace(f"sip:{DID}".encode(), b"sip:nobody", 1)
            flood.sendto(data, switch.sip)
        try:
            while not {404, 503} <= statuses:
                statuses.add(int(flood.recv(65536).split()[1]))
        except TimeoutError:
            pass
        assert {404, 503} <= statuses
    wait_until(lambda: dial_once(switch, "nobody") == 404, 10, "calls are taken again", poll_s=0.1)
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("hangup")
        assert phone.far_side_hung_up.wait(20)
