"""What the development switch's log says of a call."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from tests.devswitch_sip.telephone import Telephone
from tests.helpers import wait_until
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer

DID = "+14155550163"


def test_the_log_says_how_many_keys_a_call_had_and_not_which(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor
) -> None:
    with Telephone(switch.sip) as phone:
        status: Future[int] = beside.submit(phone.dial, DID)
        call = server.take_call()
        call.execute("answer")
        assert status.result(20) == 200
        for key in "4711":
            pressed = beside.submit(call.press)
            phone.send_event(key)
            assert pressed.result(20) == key
        call.execute("hangup")
        assert phone.far_side_hung_up.wait(20)

    def line() -> str:
        return next((each for each in switch.log.read_text().splitlines() if f"call to {DID}:" in each), "")

    said = wait_until(line, 20, "the call is in the log")
    assert ", 4 keys, " in said
    assert "4711" not in said
