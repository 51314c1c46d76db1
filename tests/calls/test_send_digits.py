"""A menu that sends keys: behind all that is said before them, and not behind the caller's hang-up."""

from __future__ import annotations

from typing import Any

import pytest

from devswitch.caller import CallerStep, CallScript
from devswitch.channel import ChannelNote
from devswitch.switch import CallSetup, DevSwitch
from tests.calls.test_messages import DIALECTS, HELLO, call, path, publish, record
from tests.rig import DID, Rig

TONES = "tone_stream://%(200,100,852,1477)"
NODES: dict[str, Any] = {
    "hello": {"audio": "hello.wav", "next": "open"},
    "open": {"action": "send_digits", "keys": "w9", "next": "ask"},
    "ask": {"audio": "welcome.wav", "gather": {"1": "bye"}},
    "bye": {"action": "hangup"},
}


@DIALECTS
@pytest.mark.parametrize(
    ("dtmf_type", "sent"),
    [("rfc2833", ["w9"]), ("info", [TONES]), ("none", [TONES])],
)
def test_keys_go_out_behind_what_is_said_before_them(
    rig: Rig, variables: dict[str, str], dtmf_type: str, sent: list[str]
) -> None:
    publish(rig, NODES)
    notes: list[str] = []

    def see(note: ChannelNote) -> None:
        if note.kind == "send_keys" or (note.kind == "play" and ("tone" in note.text or HELLO in note.text)):
            notes.append(note.text)

    result = call(rig, "1", extra_variables={**variables, "dtmf_type": dtmf_type}, on_note=see)
    assert result.violations == []
    assert [notes[0][-len(HELLO) - 4 : -4], *notes[1:]] == [HELLO, *sent]
    assert path(rig) == [
        ("hello", "played", None), ("open", "keys_sent", "w9"), ("ask", "key", "1"), ("bye", "action", None),
    ]  # fmt: skip


def test_a_door_that_hangs_up_on_its_key_leaves_the_key_in_the_record(rig: Rig) -> None:
    publish(rig, {**NODES, "hello": {"action": "send_digits", "keys": "9WWWW", "next": "ask"}})
    script = CallScript(on_heard={"silence_stream://4600": CallerStep(after_ms=500, hang_up=True)})
    DevSwitch(rig.targets, speed=40).call(
        CallSetup(did=DID, script=script, extra_variables={"dtmf_type": "rfc2833"}), timeout_s=60
    )
    rig.drained()
    assert (record(rig)["outcome"], path(rig)[0]) == ("caller_hung_up", ("hello", "keys_sent", "9WWWW"))
