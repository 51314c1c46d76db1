"""What our FreeSWITCH configuration promises, on the real FreeSWITCH: a telephone on one side, a server that does
what the test says on the other."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivr.clients.switch import Switch as EventSocket
from ivr.domain.numbers import parse_did
from ivr.domain.switch_proof import prove
from ivr.secrets import event_password
from ivr.settings import Settings
from ivr.storage.disk.agent_passwords import AgentPasswords, passwords_path, variable_of
from tests.helpers import wait_until
from tests.sip.calls import SIGN_S, SIGNS, answered_call, bridge_to, write_tone
from tests.sip.conftest import Switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import CallEnded, ScriptedServer, gather_argument

DID = "+14155550100"


def test_server_gets_the_number_dialled_and_the_callers_number(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        assert call.channel["Caller-Destination-Number"] == DID
        assert call.channel["Caller-Caller-ID-Number"] == "+14805551234"
        call.execute("hangup")


def test_each_channel_proves_to_the_server_that_it_is_of_this_freeswitch_and_shows_no_secret(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        assert call.channel["variable_digitree_proof"] == prove(call.channel["Unique-ID"], switch.secret)
        assert switch.secret not in str(call.channel)
        call.drop()
        second = server.take_call()
        assert second.channel["variable_digitree_proof"] == call.channel["variable_digitree_proof"]
        second.execute("hangup")


def test_a_password_written_while_it_runs_is_known_by_its_name_to_the_next_call(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    settings = Settings(DIGITREE_HOME=switch.prompts.parent)  # type: ignore[call-arg]
    reference = "0a" * 16
    AgentPasswords(passwords_path(settings.home)).add({reference: "pa.ss+/*!@#%:~-"})
    events = f"{switch.event[0]}:{switch.event[1]}"
    EventSocket(events, lambda: event_password(settings), timeout_s=20).reload()
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        assert call.channel["variable_digitree_passwords"] == "true"
        assert "pa.ss" not in str(call.channel)
        call.execute("set", f"ivr_seen=${{{variable_of(reference)}}}")
        assert call.getvar("ivr_seen") == "pa.ss+/*!@#%:~-"
        call.execute("hangup")


@pytest.mark.parametrize("parameters", [";npdi", ";npdi;rn=+14155550000", ";cpc=ordinary", ";phone-context=+1"])
def test_parameters_that_a_carrier_leaves_behind_a_number_are_no_reason_to_turn_it_away(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, parameters: str
) -> None:
    with Phone(switch.sip) as phone:
        beside.submit(phone.dial, DID + parameters)
        call = server.take_call()
        assert parse_did(call.channel["Caller-Destination-Number"]) == DID
        call.execute("hangup")


def test_hang_up_by_the_server_reaches_the_caller_and_no_second_server(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("hangup")
        call.drop()
        assert phone.far_side_hung_up.wait(20)
        assert not server.is_called(within_s=2.5)


@pytest.mark.parametrize("status", [404, 503])
def test_refusal_by_the_server_is_what_the_caller_gets(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, status: int
) -> None:
    with Phone(switch.sip) as phone:
        got = beside.submit(phone.dial, DID)
        server.take_call().execute("respond", str(status))
        assert got.result(20) == status
        assert not server.is_called(within_s=2.5)


def test_second_server_goes_on_with_the_state_and_key_of_the_first(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    state = "s" * 8000
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", f"ivr_state={state}")
        call.begin("play_and_get_digits", gather_argument(20_000))
        call.drop()
        phone.send_event("7")
        second = server.take_call()
        assert second.channel["variable_key"] == "7"
        assert second.channel["variable_ivr_state"] == state
        assert second.channel["Answer-State"] == "answered"
        second.execute("hangup")


def test_third_try_finds_a_server_that_was_being_started_again(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        answered_call(server, phone, beside).drop()
        server.take_call().drop()
        third = server.take_call()
        assert third.channel["Answer-State"] == "answered"
        third.execute("hangup")
        assert phone.far_side_hung_up.wait(20)


def test_unanswered_call_without_any_server_gets_503_so_that_carriers_try_elsewhere(switch: Switch) -> None:
    with Phone(switch.sip) as phone:
        assert phone.dial(DID) == 503


@pytest.mark.parametrize("spoken", [True, False])
def test_answered_caller_without_any_server_is_held_then_hears_something_before_the_hang_up(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, spoken: bool
) -> None:
    trouble = switch.prompts / "system" / "trouble.wav"
    if spoken:
        write_tone(trouble, 1000)
    else:
        trouble.unlink(missing_ok=True)
    with Phone(switch.sip) as phone:
        answered_call(server, phone, beside).drop()
        for _ in range(2 + SIGNS):
            server.take_call().drop()
        assert phone.far_side_hung_up.wait(30)
        phone.catch_up()
        heard_s = phone.loud_frames * 0.02 - SIGNS * SIGN_S
        assert heard_s == pytest.approx(1.0 if spoken else 2.0, abs=0.3)


def test_server_that_is_back_while_the_caller_is_held_goes_on_with_him(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        call.execute("set", "ivr_state=here")
        call.drop()
        for _ in range(3):
            server.take_call().drop()
        back = server.take_call()
        assert back.channel["variable_ivr_state"] == "here"
        assert parse_did(back.channel["Caller-Destination-Number"]) == DID
        phone.catch_up()
        assert phone.loud_frames * 0.02 == pytest.approx(2 * SIGN_S, abs=0.1)
        back.execute("hangup")
        assert phone.far_side_hung_up.wait(20)


@pytest.mark.parametrize(
    "number",
    ["alice", "last-resort", "agent-listen", "1;drop", "1;npdi=${x}", "+1415555010012345678901"],
)
def test_what_is_no_number_gets_404_without_a_server(
    switch: Switch, server: ScriptedServer, number: str
) -> None:
    with Phone(switch.sip) as phone:
        assert phone.dial(number) == 404
        assert not server.is_called(within_s=0.2)


def test_stranger_gets_403(switch: Switch) -> None:
    other = machine_address()
    with Phone(switch.sip, ip=other) as phone:
        assert phone.dial(DID) == 403


@pytest.mark.parametrize("password", ["ClueCon", "", "password"])
def test_event_socket_lets_nobody_in_with_a_well_known_password(switch: Switch, password: str) -> None:
    with socket.create_connection(switch.event, timeout=30) as connection:
        connection.sendall(f"auth {password}\n\n".encode())
        answer = b""
        while b"Reply-Text" not in answer:
            received = connection.recv(4096)
            assert received
            answer += received
    assert b"Reply-Text: -ERR" in answer


@pytest.mark.parametrize("way", ["send_event", "send_info", "send_tone"])
@pytest.mark.parametrize("key", ["5", "*", "#"])
def test_key_arrives_once_whichever_way_it_is_sent(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, way: str, key: str
) -> None:
    beep = switch.prompts / "beep.wav"
    write_tone(beep, 400)
    with Phone(switch.sip, telephone_event=way == "send_event") as phone:
        call = answered_call(server, phone, beside)
        pressed = beside.submit(call.press, prompt=str(beep))
        # What comes before anybody listens may be lost.
        wait_until(lambda: phone.loud_frames >= 4, 20, "the beep")
        getattr(phone, way)(key)
        assert pressed.result(20) == key
        assert call.press(1000) is None
        call.execute("hangup")


def test_tones_in_the_sound_are_not_heard_where_telephone_events_were_agreed(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        pressed = beside.submit(call.press, 1000)
        phone.send_tone("5")
        assert pressed.result(20) is None
        call.execute("hangup")


def test_agent_gets_our_headers_and_none_of_the_callers(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    forged = {"X-IVR-Outcome": "forged", "X-IVR-Caller": "+19005550000", "P-Forged": "1", "X-Other": "1"}
    with Phone(switch.sip) as phone:
        status = beside.submit(phone.dial, DID, forged)
        call = server.take_call()
        call.execute("answer")
        assert status.result(20) == 200
        done = beside.submit(bridge_to, call, switch, "+14155550199", "{sip_h_X-IVR-Path=welcome%3D1}")
        agent = server.take_call()
        headers = {name: value for name, value in agent.channel.items() if name.startswith("variable_sip_h_")}
        agent.execute("answer")
        agent.execute("hangup")
        done.result(20)
        call.execute("hangup")
    # On the wire it is welcome%3D1; channel data encode no `%`, so reading them decodes it.
    assert headers == {"variable_sip_h_X-IVR-Path": "welcome=1"}


def test_answered_agent_leaves_the_moment_and_the_callers_leg(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        answered_us = int(call.getvar("answered_time") or 0)
        done = beside.submit(bridge_to, call, switch, "+14155550199")
        agent = server.take_call()
        agent.execute("answer")
        agent.execute("sleep", "500")
        agent.execute("hangup")
        done.result(20)
        assert int(call.getvar("answered_time") or 0) > answered_us
        assert not phone.far_side_hung_up.is_set()
        call.execute("hangup")


def test_refused_agent_leaves_no_moment_and_the_callers_leg(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        answered_us = int(call.getvar("answered_time") or 0)
        done = beside.submit(bridge_to, call, switch, "+14155550199")
        server.take_call().execute("respond", "486")
        done.result(20)
        assert call.getvar("originate_disposition") == "USER_BUSY"
        assert int(call.getvar("answered_time") or 0) == answered_us
        assert not phone.far_side_hung_up.is_set()
        call.execute("hangup")


@pytest.mark.parametrize("spoken", [True, False])
def test_sample_agent_answers_says_something_and_hangs_up(switch: Switch, spoken: bool) -> None:
    says = switch.prompts / "system" / "sample_agent.wav"
    if spoken:
        write_tone(says, 600)
    else:
        says.unlink(missing_ok=True)
    with Phone(switch.sip) as phone:
        assert phone.dial("sample-agent") == 200
        wait_until(lambda: phone.loud_frames > 20, 20, "the sample agent speaks")
        assert phone.far_side_hung_up.wait(20), "the sample agent hangs up"


def test_hand_off_that_comes_back_to_us_is_refused_as_a_loop(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        bridge_to(call, switch, "+14155550199", "{sip_h_X-IVR-Call-Id=call_1}")
        assert call.getvar("last_bridge_proto_specific_hangup_cause") == "sip:482"
        assert not server.is_called(within_s=0.2)
        call.execute("hangup")


def test_caller_who_hangs_up_ends_the_servers_call(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Phone(switch.sip) as phone:
        call = answered_call(server, phone, beside)
        playing = beside.submit(call.execute, "playback", "silence_stream://20000")
        phone.hang_up()
        with pytest.raises(CallEnded):
            playing.result(20)


def machine_address() -> str:
    """An IPv4 address of this machine that is not loopback; the test is skipped where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])
