"""The hold audio of those who wait, on FreeSWITCH itself: heard in a loop, while keys are taken and no worker is
there, in place of whoever talks, and ended when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from esl_server.switch import commands
from tests.helpers import wait_until
from tests.sip.agent_phone import SILENCE, SOUND, AgentPhone
from tests.sip.calls import answered_call, write_tone
from tests.sip.conftest import Switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedCall, ScriptedServer

PIECE = commands.play_until_key([commands.silence(1000)], b"ivr_key_1") + b"getvar ivr_key_1\n\n"
UNSET = "-ERR command not found"
FRAMES_OF_A_SECOND = 50
A_WHILE = 25


@pytest.fixture
def phone(switch: Switch) -> Iterator[Phone]:
    with Phone(switch.sip) as made:
        yield made


@pytest.fixture
def held(
    switch: Switch, server: ScriptedServer, phone: Phone, beside: ThreadPoolExecutor
) -> tuple[ScriptedCall, Path]:
    """A call that hears a file of half a second, and the file."""
    file = switch.prompts / "hold.wav"
    write_tone(file, 500)
    call = answered_call(server, phone, beside)
    call.ask_all(commands.start_hold_audio(str(file)), 1)
    return call, file


def heard_in(call: ScriptedCall, phone: Phone, pieces: int) -> int:
    before = phone.loud_frames
    for _ in range(pieces):
        call.ask_all(PIECE, 2)
    return phone.loud_frames - before


def loud_of_those_to_come(phone: Phone) -> int:
    """Of the next A_WHILE frames."""
    phone.catch_up()
    before, loud_before = phone.frames, phone.loud_frames
    wait_until(lambda: phone.frames >= before + A_WHILE, 10, "sound comes")
    return phone.loud_frames - loud_before


def talk(call: ScriptedCall, agent: AgentPhone) -> None:
    call.begin("bridge", f"sofia/digitree/{agent.address}")
    assert agent.answered.wait(10)


def test_it_is_heard_again_and_again_through_pieces_of_silence(held: tuple[ScriptedCall, Path], phone: Phone) -> None:
    call, _ = held
    assert heard_in(call, phone, 3) > 2.5 * FRAMES_OF_A_SECOND


def test_a_key_ends_a_piece_and_not_the_audio(held: tuple[ScriptedCall, Path], phone: Phone) -> None:
    call, _ = held
    phone.send_event("7")
    long_piece = commands.play_until_key([commands.silence(30_000)], b"ivr_key_1") + b"getvar ivr_key_1\n\n"
    assert call.ask_all(long_piece, 2)[-1] == "7"
    assert call.ask_all(PIECE, 2)[-1] == UNSET
    assert heard_in(call, phone, 1) > 0.8 * FRAMES_OF_A_SECOND


def test_it_goes_on_while_no_worker_is_connected(
    held: tuple[ScriptedCall, Path], phone: Phone, server: ScriptedServer
) -> None:
    call, file = held
    call.begin("play_and_get_digits", "0 0 1 1000 none silence_stream://2000 silence_stream://10 k .")
    before = phone.loud_frames
    call.drop()
    again = server.take_call()
    assert phone.loud_frames - before > 0.8 * FRAMES_OF_A_SECOND
    # The next one may tell it to begin, without harm, and to end.
    again.ask_all(commands.start_hold_audio(str(file)), 1)
    assert heard_in(again, phone, 1) > 0.8 * FRAMES_OF_A_SECOND
    again.ask_all(commands.stop_hold_audio(str(file)), 1)
    again.ask_all(PIECE, 2)
    assert heard_in(again, phone, 1) == 0


def test_a_tone_stands_in_for_a_file(
    server: ScriptedServer, phone: Phone, beside: ThreadPoolExecutor
) -> None:
    call = answered_call(server, phone, beside)
    call.ask_all(commands.start_hold_audio(commands.HOLD_TONE), 1)
    wait_until(lambda: heard_in(call, phone, 1) > 0, 20, "the tone is heard")
    # It would go on for more than a second.
    call.ask_all(commands.stop_hold_audio(commands.HOLD_TONE), 1)
    phone.catch_up()
    assert heard_in(call, phone, 1) == 0


def test_a_person_is_heard_once_it_has_ended(held: tuple[ScriptedCall, Path], phone: Phone) -> None:
    call, file = held
    call.ask_all(commands.stop_hold_audio(str(file)), 1)
    with AgentPhone("ann", frame=SILENCE) as agent:
        talk(call, agent)
        assert loud_of_those_to_come(phone) == 0
        agent.say(SOUND)
        wait_until(lambda: loud_of_those_to_come(phone) >= A_WHILE, 10, "the person is heard")


def test_nobody_is_heard_before_it_has_ended(held: tuple[ScriptedCall, Path], phone: Phone) -> None:
    call, _ = held
    with AgentPhone("ann", frame=SILENCE) as agent:
        talk(call, agent)
        # FreeSWITCH begins the file again after a frame of silence.
        wait_until(lambda: loud_of_those_to_come(phone) > 0.8 * A_WHILE, 10, "the audio is heard")
