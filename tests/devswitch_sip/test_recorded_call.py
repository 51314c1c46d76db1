"""Softphones that others wrote call, press a key and record: what they recorded is what we meant them to hear."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.devswitch_sip.softphones import NUMBER, Baresip, Linphone, Softphone
from tests.devswitch_sip.wav import find_prompt, read_wav, write_noise
from tests.helpers import wait_until
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer

DID = "+14155550100"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("make", [Baresip, Linphone])
def test_prompts_and_their_order_are_in_what_a_softphone_recorded(
    switch: Switch,
    server: ScriptedServer,
    beside: ThreadPoolExecutor,
    tmp_path: Path,
    make: type[Softphone],
    transport: str,
) -> None:
    if make.missing:
        pytest.skip(make.missing)
    first = write_noise(switch.prompts / "first.wav", 1.5, seed=1)
    second = write_noise(switch.prompts / "second.wav", 1.0, seed=2)
    never = write_noise(tmp_path / "never.wav", 1.0, seed=3)
    phone = make(tmp_path, transport)
    phone.dial(f"sip:{DID}@{switch.sip[0]}:{switch.sip[1]}")
    try:
        call = server.take_call()
        if make is Baresip:
            assert call.channel["Caller-Caller-ID-Number"] == NUMBER
        call.execute("answer")
        call.execute("sleep", "400")
        call.execute("playback", str(switch.prompts / "first.wav"))
        call.execute("sleep", "500")
        call.execute("playback", str(switch.prompts / "second.wav"))
        # A softphone's jitter buffer is emptied before its own tone for the key covers the end.
        call.execute("sleep", "300")
        pressed = beside.submit(call.press, 5000)
        phone.press("7")
        assert pressed.result(10) == "7"
        call.execute("hangup")
        wait_until(phone.has_ended, 10, "the call is over")
    finally:
        phone.close()
    recorded = read_wav(phone.recording())
    part, first_s = find_prompt(recorded, first)
    assert part >= 0.5
    part, second_s = find_prompt(recorded, second)
    assert part >= 0.5
    # The recording need have no gap where nothing was sent.
    assert second_s - first_s >= 1.0
    assert find_prompt(recorded, never)[0] == 0.0
