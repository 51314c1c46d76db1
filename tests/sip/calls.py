"""What tests of the dialplan do again and again."""

from __future__ import annotations

import wave
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from esl_server.switch.bridging import BRIDGE_VARIABLES
from tests.sip.conftest import Switch
from tests.sip.phone import Phone
from tests.sip.scripted_server import ScriptedCall, ScriptedServer

DID = "+14155550100"
# What a caller hears while the dialplan waits for a server: as often, and seconds of sound each time.
SIGNS, SIGN_S = 5, 0.15


def answered_call(server: ScriptedServer, phone: Phone, beside: ThreadPoolExecutor) -> ScriptedCall:
    """The server's side of a call from `phone` that it has answered."""
    status: Future[int] = beside.submit(phone.dial, DID)
    call = server.take_call()
    call.execute("answer")
    assert status.result(20) == 200
    return call


def bridge_to(call: ScriptedCall, switch: Switch, user: str, variables: str = "") -> None:
    """Returns when the bridge has ended or could not be made."""
    for variable in ("continue_on_fail=true", *BRIDGE_VARIABLES):
        call.execute("set", variable)
    call.execute("bridge", f"{variables}sofia/digitree/{user}@{switch.sip[0]}:{switch.sip[1]}")


def write_tone(path: Path, duration_ms: int) -> None:
    """A prompt of 1 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((b"\x00\x40" * 4 + b"\x00\xc0" * 4) * duration_ms)
