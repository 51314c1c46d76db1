"""What a telephone sees and hears of a call, beyond the promises of the dialplan."""

from __future__ import annotations

import itertools
import socket
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.devswitch_sip.telephone import Telephone
from tests.helpers import wait_until
from tests.ports import free_address
from tests.sip.conftest import Switch
from tests.sip.scripted_server import CallEnded, ScriptedCall, ScriptedServer
from tests.sip.test_dialplan import write_tone

DID = "+14155550100"


@pytest.fixture(scope="module")
def prompt(switch: Switch) -> Path:
    path = switch.prompts / "long.wav"
    write_tone(path, 4000)
    return path


def answered_call(server: ScriptedServer, phone: Telephone, beside: ThreadPoolExecutor) -> ScriptedCall:
    status: Future[int] = beside.submit(phone.dial, DID)
    call = server.take_call()
    call.execute("answer")
    assert status.result(20) == 200
    return call


def assert_over(call: ScriptedCall) -> None:
    """The switch closes its socket; what was running may still be answered."""

    def until_closed() -> None:
        for _ in range(15):
            call.execute("sleep", "2000")

    with pytest.raises(CallEnded):
        until_closed()
    call.drop()


def test_caller_who_hangs_up_in_a_prompt_ends_the_servers_call(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.begin("playback", str(prompt))
        wait_until(lambda: phone.loud_frames > 10, 5, "the prompt is heard")
        phone.hang_up()
        assert_over(call)


def gather(prompt: Path, timeout_ms: int = 1000) -> str:
    return f"1 1 1 {timeout_ms} none {prompt} silence_stream://10 key ."


# -- signalling ---------------------------------------------------------------------------------------------------


def test_options_are_answered_with_what_we_do(switch: Switch) -> None:
    with Telephone(switch.sip) as phone:
        phone._target = phone._dialled = f"sip:{switch.sip[0]}"
        phone._to = f"<sip:{switch.sip[0]}>"
        reply = phone.ask("OPTIONS")
        assert reply.status == 200
        assert {"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS"} <= set(reply.headers["allow"].split(", ")) | {"INVITE"}


def test_invite_that_comes_twice_is_one_call(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        invite = phone.invite_without_waiting(DID)
        call = server.take_call()
        phone.send_raw(invite)
        phone.send_raw(invite)
        assert not server.is_called(within_s=0.5)
        call.execute("answer")
        reply = phone.final()
        phone.acknowledge(reply)
        phone.send_raw(invite)
        call.execute("sleep", "100")
        call.execute("hangup")
        assert phone.far_side_hung_up.wait(20)


def test_answer_is_repeated_until_it_is_acknowledged(switch: Switch, server: ScriptedServer) -> None:
    with Telephone(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("answer")
        wait_until(lambda: sum(message.status == 200 for message in phone.received) >= 2, 5, "a second 200")
        phone.acknowledge(phone.final())
        call.execute("hangup")


def test_refusal_is_repeated_until_it_is_acknowledged(switch: Switch, server: ScriptedServer) -> None:
    with Telephone(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        server.take_call().execute("respond", "404")
        wait_until(lambda: sum(message.status == 404 for message in phone.received) >= 2, 5, "a second 404")
        phone.acknowledge(phone.final())


def test_cancel_before_the_answer_ends_the_servers_call_with_487(switch: Switch, server: ScriptedServer) -> None:
    with Telephone(switch.sip) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        phone.cancel()
        wait_until(lambda: any(message.status == 487 for message in phone.received), 5, "487")
        assert_over(call)


def test_caller_without_an_offer_gets_ours_and_hears_the_prompt(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip, offers=False) as phone:
        phone.invite_without_waiting(DID)
        call = server.take_call()
        call.execute("answer")
        reply = phone.final()
        assert "RTP/AVP 0 8 101" in reply.body
        phone.offers = True
        phone._to = reply.headers["to"]
        phone._request("ACK", phone._offer(), {"Content-Type": "application/sdp"})
        call.begin("playback", str(prompt))
        wait_until(lambda: phone.loud_frames > 20, 5, "the prompt is heard")
        phone.hang_up()
        assert_over(call)


def test_caller_with_no_codec_of_ours_gets_488(switch: Switch, server: ScriptedServer) -> None:
    with Telephone(switch.sip, codecs=(18,)) as phone:
        assert phone.dial(DID) == 488
        assert not server.is_called(within_s=0.2)


# -- sound --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codec", [0, 8])
def test_prompt_is_sent_every_20_ms_and_nothing_before_or_after(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, codec: int
) -> None:
    short = switch.prompts / "short.wav"
    write_tone(short, 1000)
    with Telephone(switch.sip, codecs=(codec,)) as phone:
        call = answered_call(server, phone, beside)
        call.execute("sleep", "300")
        assert phone.heard == []
        call.execute("playback", str(short))
        call.execute("sleep", "300")
        phone.catch_up()
        packets = list(phone.heard)
        call.execute("hangup")
    assert all(packet.is_loud and packet.payload_type == codec for packet in packets)
    assert [packet.marker for packet in packets] == [True] + [False] * (len(packets) - 1)
    steps = {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in itertools.pairwise(packets)}
    # A frame that a busy machine holds up for long is left out, and said to be.
    assert (len(packets), steps) == (50, {160}) or "cannot keep up" in switch.log.read_text()
    assert packets[-1].at_s - packets[0].at_s > 0.5, "a frame is sent when its time has come"


def test_key_stops_the_prompt_within_a_frame_or_two(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        gathered = beside.submit(call.execute, "play_and_get_digits", gather(prompt))
        wait_until(lambda: phone.loud_frames > 20, 5, "the prompt is heard")
        assert phone.send_info("1") == 200  # ignored: events were agreed
        phone.send_event("4")
        gathered.result(20)
        phone.catch_up()
        heard = phone.loud_frames
        assert call.getvar("key") == "4"
        call.execute("sleep", "200")
        phone.catch_up()
        assert phone.loud_frames - heard <= 2
        call.execute("hangup")


def test_nothing_is_sent_to_a_caller_on_hold_and_the_prompt_is_heard_again_afterwards(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        playing = beside.submit(call.execute, "playback", str(prompt))
        wait_until(lambda: phone.loud_frames > 10, 5, "the prompt is heard")
        answer = phone.reinvite("sendonly")
        assert answer.status == 200
        assert "a=recvonly" in answer.body
        held = len(phone.heard)
        assert not _grows(phone, held + 2, within_s=0.5)
        assert phone.reinvite("sendrecv").status == 200
        wait_until(lambda: len(phone.heard) > held + 20, 5, "the prompt is heard again")
        phone.hang_up()
        playing.exception(20)
        assert_over(call)


def _grows(phone: Telephone, beyond: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if len(phone.heard) > beyond:
            return True
        time.sleep(0.02)
    return False


def test_sound_goes_where_sound_comes_from(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip, speaks=False) as phone, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nat:
        nat.bind(("127.0.0.1", 0))
        nat.settimeout(20)
        call = answered_call(server, phone, beside)
        nat.sendto(struct.pack("!BBHII", 0x80, 0, 1, 0, 1) + b"\xff" * 160, phone.media)
        call.begin("playback", str(prompt))
        data, _ = nat.recvfrom(2048)
        assert len(data) == 172
        phone.hang_up()
        assert_over(call)


def test_sound_and_keys_from_elsewhere_are_dropped_and_said_once(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        call = answered_call(server, phone, beside)
        call.execute("sleep", "200")  # by then our own sound has come
        pressed = beside.submit(call.press, 1000)
        for sequence in range(50):
            end = struct.pack("!BBHII", 0x80, 101, sequence, 5000, 9) + struct.pack("!BBH", 5, 0x8A, 800)
            stranger.sendto(end, phone.media)
            stranger.sendto(b"\x80", phone.media)
        assert pressed.result(20) is None
        pressed = beside.submit(call.press)
        phone.send_event("2")
        assert pressed.result(20) == "2"
        assert switch.log.read_text().count(f":{stranger.getsockname()[1]}, which is not the negotiated address") == 1
        call.execute("hangup")


# -- bridged ------------------------------------------------------------------------------------------------------


def test_bridged_caller_hears_the_agent_and_the_agent_gets_his_keys(
    switch: Switch, server: ScriptedServer, prompt: Path, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        target = f"sofia/digitree/+14155550199@{switch.sip[0]}:{switch.sip[1]}"
        done = beside.submit(call.execute, "bridge", target)
        agent = server.take_call()
        agent.execute("answer")
        pressed = beside.submit(agent.press)
        phone.send_event("8")
        assert pressed.result(20) == "8"
        before = phone.loud_frames
        agent.begin("playback", str(prompt))
        wait_until(lambda: phone.loud_frames > before + 20, 5, "the agent is heard")
        phone.hang_up()
        done.exception(20)
        assert_over(call)


def test_unanswered_agent_is_given_up_when_his_time_is_over(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "continue_on_fail=true")
        target = f"{{originate_timeout=2}}sofia/digitree/+14155550199@{switch.sip[0]}:{switch.sip[1]}"
        done = beside.submit(call.execute, "bridge", target)
        agent = server.take_call()
        done.result(20)
        assert call.getvar("originate_disposition") == "NO_ANSWER"
        assert_over(agent)
        call.execute("hangup")


def test_agent_at_a_dead_port_fails_at_once(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "continue_on_fail=true")
        beside.submit(call.execute, "bridge", f"sofia/digitree/agent@{free_address()}").result(20)
        assert call.getvar("originate_disposition") == "NORMAL_TEMPORARY_FAILURE"
        call.execute("hangup")
