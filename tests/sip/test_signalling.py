"""What telephones and the proxies before them may send, and what the real FreeSWITCH makes of it."""

from __future__ import annotations

import contextlib
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.devswitch_sip.telephone import Telephone
from tests.helpers import wait_until
from tests.sip.calls import write_tone
from tests.sip.conftest import Switch
from tests.sip.phone import Message
from tests.sip.scripted_server import CallEnded, ScriptedCall, ScriptedServer, gather_argument

DID = "+14155550100"
_SDP = {"Content-Type": "application/sdp"}
_EVENTS = "a=rtpmap:101 telephone-event/8000"


class Caller(Telephone):
    """formats and lines: of its next description, instead of the usual one; c: its address there."""

    formats = ""
    lines: tuple[str, ...] = ()
    c = "IP4 127.0.0.1"

    def _offer(self) -> str:
        if not self.formats:
            return super()._offer()
        more = "".join(f"{line}\r\n" for line in self.lines)
        return (
            f"v=0\r\no=- 1 {self._cseq} IN {self.c}\r\ns=-\r\nc=IN {self.c}\r\nt=0 0\r\n"
            f"m=audio {self.rtp_port} RTP/AVP {self.formats}\r\n{more}"
        )

    def offers_again(self, formats: str, *lines: str, c: str = "IP4 127.0.0.1") -> Message:
        self.formats, self.lines, self.c = formats, lines, c
        self._request("INVITE", self._offer(), _SDP)
        reply = self._final(20)
        self._request("ACK", same_transaction=reply.status >= 300)
        return reply

    def keys(self, *packets: tuple[int, int, bool], payload_type: int = 101) -> None:
        """RFC 4733 packets: (event, frames so far, end)."""
        for event, frames, end in packets:
            payload = struct.pack("!BBH", event, 0x8A if end else 10, min(65535, 160 * frames))
            self._to_send.put((payload_type, payload))

    def pause(self) -> None:
        """A frame of silence: what follows is another event."""
        self._to_send.put((0, b"\xff" * 160))


def answered(
    server: ScriptedServer, phone: Telephone, beside: ThreadPoolExecutor, headers: dict[str, str] | None = None
) -> ScriptedCall:
    status: Future[int] = beside.submit(phone.dial, DID, headers)
    call = server.take_call()
    call.execute("answer")
    assert status.result(20) == 200
    return call


def last_final(phone: Telephone) -> Message:
    return [message for message in phone.received if message.status >= 200][-1]


def statuses(phone: Telephone) -> set[int]:
    return {message.status for message in phone.received}


def end(call: ScriptedCall, phone: Telephone) -> None:
    call.execute("hangup")
    assert phone.far_side_hung_up.wait(20)


# -- descriptions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "lines", "c", "answer"),
    [
        ("8 101", (_EVENTS,), "IP4 127.0.0.1", "RTP/AVP 8 101"),
        ("0 97", ("a=rtpmap:97 telephone-event/8000",), "IP4 127.0.0.1", "RTP/AVP 0 97"),
        (
            "96 0 99 101",
            ("a=rtpmap:96 opus/48000/2", "a=rtpmap:99 telephone-event/48000", _EVENTS),
            "IP4 127.0.0.1",
            "RTP/AVP 0 101",
        ),
        ("0 101", (_EVENTS,), "IP6 ::1", "RTP/AVP 0 101"),
        ("0 101", (_EVENTS, "m=video 5000 RTP/AVP 99", "a=rtpmap:99 H264/90000"), "IP4 127.0.0.1", "m=video 0 "),
        ("0 101", (_EVENTS, "a=sendonly"), "IP4 127.0.0.1", "a=recvonly"),
        ("0 101", (_EVENTS, "a=inactive"), "IP4 127.0.0.1", "a=inactive"),
    ],
)
def test_offer_is_answered_with_what_is_in_common(
    switch: Switch,
    server: ScriptedServer,
    beside: ThreadPoolExecutor,
    formats: str,
    lines: tuple[str, ...],
    c: str,
    answer: str,
) -> None:
    with Caller(switch.sip) as phone:
        phone.formats, phone.lines, phone.c = formats, lines, c
        call = answered(server, phone, beside)
        assert answer in last_final(phone).body
        end(call, phone)


@pytest.mark.parametrize("formats", ["18 3", "98"])
def test_offer_with_nothing_in_common_gets_488(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, formats: str
) -> None:
    with Caller(switch.sip) as phone:
        phone.formats, phone.lines = formats, ("a=rtpmap:98 PCMU/16000",)
        status = beside.submit(phone.dial, DID)
        # FreeSWITCH looks at the offer when our server answers, the development switch at once.
        with contextlib.suppress(TimeoutError):
            server.take_call(0.5).execute("answer")
        assert status.result(20) == 488


def test_caller_who_offers_nothing_at_first_hears_and_is_heard(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    prompt = switch.prompts / "late.wav"
    write_tone(prompt, 3000)
    with Caller(switch.sip, offers=False) as phone:
        phone.invite_without_waiting(DID)
        reply = beside.submit(phone.final)
        taken = beside.submit(_take_and_answer, server)
        answer = reply.result(20)
        assert answer.status == 200
        port = answer.body.partition("m=audio ")[2].split()[0]
        phone._media = ("127.0.0.1", int(port))
        phone.offers, phone._to = True, answer.headers["to"]
        phone._request("ACK", phone._offer(), _SDP)
        call = taken.result(30)
        call.execute("playback", str(prompt))
        phone.catch_up()
        assert phone.loud_frames >= 25
        pressed = beside.submit(call.press)
        phone.send_event("4")
        assert pressed.result(20) == "4"
        end(call, phone)


def test_caller_who_offers_nothing_gets_no_answer_from_a_number_that_nobody_has(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Caller(switch.sip, offers=False) as phone:
        status = beside.submit(phone.dial, DID)
        server.take_call().execute("respond", "404")
        assert status.result(20) == 404
        assert 200 not in [message.status for message in phone.received]


def _take_and_answer(server: ScriptedServer) -> ScriptedCall:
    call = server.take_call()
    call.execute("answer")
    return call


# -- hold ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "c", "answer"),
    [
        ("a=sendonly", "IP4 127.0.0.1", "a=recvonly"),
        ("a=inactive", "IP4 127.0.0.1", "a=inactive"),
        ("a=sendrecv", "IP4 0.0.0.0", "m=audio"),
    ],
)
def test_caller_on_hold_is_sent_nothing_and_hears_on_afterwards(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, line: str, c: str, answer: str
) -> None:
    prompt = switch.prompts / "hold.wav"
    write_tone(prompt, 5000)
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside)
        call.begin("playback", str(prompt))
        wait_until(lambda: phone.loud_frames > 5, 20, "the prompt is heard")
        held = phone.offers_again("0 101", _EVENTS, line, c=c)
        assert held.status == 200
        assert answer in held.body
        time.sleep(0.1)  # what was on its way
        phone.catch_up()
        heard = len(phone.heard)
        time.sleep(0.3)
        phone.catch_up()
        assert len(phone.heard) == heard
        assert phone.offers_again("0 101", _EVENTS).status == 200
        wait_until(lambda: len(phone.heard) > heard + 10, 5, "the prompt is heard again")
        phone.hang_up()


def test_description_that_cannot_be_had_leaves_the_call_standing(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside)
        assert phone.offers_again("18 101", _EVENTS).status == 488
        assert call.execute("sleep", "100").startswith("+OK")
        end(call, phone)


def test_update_with_an_offer_is_answered_like_a_reinvite_and_without_one_with_200(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside)
        phone.formats, phone.lines = "0 101", (_EVENTS, "a=sendonly")
        reply = phone.ask("UPDATE", phone._offer(), _SDP)
        assert reply.status == 200
        assert "a=recvonly" in reply.body
        assert phone.ask("UPDATE").status == 200
        end(call, phone)


# -- what an INVITE may ask ---------------------------------------------------------------------------------------


def test_session_timer_is_four_minutes_where_the_caller_asks_for_more(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside, {"Supported": "timer", "Session-Expires": "600"})
        reply = last_final(phone)
        assert (reply.headers["session-expires"], reply.headers["require"]) == ("300;refresher=uac", "timer")
        end(call, phone)


@pytest.mark.parametrize(
    ("headers", "status", "header", "value"),
    [
        ({"Supported": "timer", "Session-Expires": "60"}, 422, "min-se", "120"),
        ({"Require": "nosuch"}, 420, "unsupported", "nosuch"),
        ({"Require": "100rel"}, 420, "unsupported", "100rel"),
    ],
)
def test_what_we_cannot_do_is_refused_by_its_name(
    switch: Switch, server: ScriptedServer, headers: dict[str, str], status: int, header: str, value: str
) -> None:
    with Caller(switch.sip) as phone:
        assert phone.dial(DID, headers) == status
        assert last_final(phone).headers[header] == value
        assert not server.is_called(within_s=0.1)


def test_answer_goes_back_by_all_vias_and_names_the_proxies_that_stay(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    headers = {
        "Via": "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa, SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKb",
        "Record-Route": "<sip:127.0.0.1:{port};lr>, <sip:192.0.2.9;lr>",
    }
    with Caller(switch.sip) as phone:
        headers["Record-Route"] = headers["Record-Route"].format(port=phone._port)
        call = answered(server, phone, beside, headers)
        text = phone.raw[-1] if phone.raw else b""
        assert text.index(b"192.0.2.1") < text.index(b"192.0.2.2")
        call.execute("hangup")
        wait_until(lambda: any(data.startswith(b"BYE") for data in phone.raw), 5, "our BYE comes by the first proxy")
        bye = next(data for data in phone.raw if data.startswith(b"BYE"))
        # In the order of the INVITE, the one nearest to us first.
        assert bye.index(f"127.0.0.1:{phone._port};lr".encode()) < bye.index(b"192.0.2.9;lr")


def test_long_call_id_is_a_call_like_any_other(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Caller(switch.sip) as phone:
        phone._call_id = "x" * 700
        end(answered(server, phone, beside), phone)


def test_cancel_that_crosses_the_answer_does_nothing(switch: Switch, server: ScriptedServer) -> None:
    with Caller(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("answer")
        reply = phone.final()
        phone.cancel()
        wait_until(lambda: any(message.status == 481 for message in phone.received), 20, "the CANCEL is answered")
        phone.acknowledge(reply)
        assert call.execute("sleep", "100").startswith("+OK")
        end(call, phone)


def test_a_caller_hears_ringing_until_the_call_is_refused_or_answered(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    for command, status in (("respond", 486), ("answer", 200)):
        with Caller(switch.sip) as phone:
            dialled = beside.submit(phone.dial, DID)
            call = server.take_call()
            assert call.execute("ring_ready").startswith("+OK")
            wait_until(lambda phone=phone: 180 in statuses(phone), 20, "it rings")  # type: ignore[misc]
            call.execute(command, "486" if command == "respond" else "")
            assert dialled.result(20) == status
            if status == 200:
                end(call, phone)


def test_a_caller_who_cancels_while_it_rings_closes_the_socket(switch: Switch, server: ScriptedServer) -> None:
    with Caller(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("ring_ready")
        wait_until(lambda: 180 in statuses(phone), 20, "it rings")
        phone.cancel()
        wait_until(lambda: 487 in statuses(phone), 20, "the call is over")
        with pytest.raises(CallEnded):
            call.execute("sleep", "60000")


def test_bye_with_a_reason_ends_the_call(switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor) -> None:
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside)
        call.begin("sleep", "5000")
        assert phone.ask("BYE", headers={"Reason": 'Q.850;cause=31;text="x"'}).status == 200
        phone._media = None
        call.drop()


def test_prompt_before_the_answer_is_heard_by_183(switch: Switch, server: ScriptedServer, tmp_path: Path) -> None:
    prompt = switch.prompts / "early.wav"
    write_tone(prompt, 3000)
    with Caller(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("playback", str(prompt))
        phone.catch_up()
        assert phone.loud_frames >= 25
        call.execute("answer")
        phone.acknowledge(phone.final())
        # An answer that is acknowledged late is repeated.
        assert list(dict.fromkeys(message.status for message in phone.received)) == [100, 183, 200]
        end(call, phone)


# -- keys ---------------------------------------------------------------------------------------------------------


def pressed(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, phone: Caller, *packets: tuple[int, int, bool]
) -> str | None:
    """What a gather of two keys makes of RFC 4733 packets; (-1, 0, False) is a frame of silence."""
    call = answered(server, phone, beside)
    call.execute("sleep", "100")
    # 2 s after a key for another.
    argument = f"{gather_argument(10_000).replace('1 1 ', '1 2 ', 1)} 2000"
    done = beside.submit(call.execute, "play_and_get_digits", argument)
    for packet in packets:
        phone.pause() if packet[0] < 0 else phone.keys(packet)
    done.result(30)
    keys = call.getvar("key")
    end(call, phone)
    return keys


_PAUSE = (-1, 0, False)
_FIVE = tuple((5, frames, False) for frames in range(1, 7))
_SIX = (*((6, frames, False) for frames in range(1, 7)), *[(6, 6, True)] * 3)


@pytest.mark.parametrize(
    ("packets", "keys"),
    [
        ((*_FIVE, (5, 6, True)), "5"),
        ((*_FIVE, *[(5, 6, True)] * 3, _PAUSE, *_FIVE, *[(5, 6, True)] * 3), "55"),
        (((5, 6, True),), "5"),
        (_FIVE, None),
        ((*_FIVE, _PAUSE, *_SIX), "6"),
        ((*_FIVE, *_SIX), "6"),
        (((15, 6, False), (15, 6, True)), "D"),
        (((16, 6, False), (16, 6, True)), "F"),
    ],
    ids=["once", "twice", "only its end", "no end", "no end, then another", "overlapping", "D", "a hook flash"],
)
def test_key_by_rfc_4733_is_taken_at_its_end_and_not_without_one(
    switch: Switch,
    server: ScriptedServer,
    beside: ThreadPoolExecutor,
    packets: tuple[tuple[int, int, bool], ...],
    keys: str | None,
) -> None:
    with Caller(switch.sip) as phone:
        assert pressed(switch, server, beside, phone, *packets) == keys


def test_key_held_for_long_is_one_key(switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor) -> None:
    with Caller(switch.sip) as phone:
        call = answered(server, phone, beside)
        phone.keys(*((7, frames, False) for frames in range(1, 100)), *[(7, 100, True)] * 3)
        done = beside.submit(call.press)
        assert done.result(20) == "7"
        assert call.press(1000) is None
        end(call, phone)


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
        ("dtmf-relay", "Signal= 5\r\nDuration= 160\r\n", "5"),
        ("dtmf-relay", "Signal=*\r\n", "*"),
        ("dtmf-relay", "Signal=10\r\n", "*"),
        ("dtmf-relay", "Signal=11\r\n", "#"),
        ("dtmf-relay", "5", None),
        ("dtmf", "5\r\n", "5"),
        ("dtmf", "11", "#"),
    ],
)
def test_key_by_info_is_taken_by_name_or_by_number(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, kind: str, body: str, key: str | None
) -> None:
    with Caller(switch.sip, telephone_event=False) as phone:
        call = answered(server, phone, beside)
        done = beside.submit(call.press, 15_000 if key else 1000)
        assert phone.ask("INFO", body, {"Content-Type": f"application/{kind}"}).status == 200
        assert done.result(20) == key
        end(call, phone)
