"""Sounds that tell a secret to one caller: played, and named in nothing that a record or a live view says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devswitch.caller import CallScript
from devswitch.switch import CallSetup, DevSwitch
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PromptFile, PublishedMenu
from tests.rig import DID, Rig, write_wav

ONCE = "once-" + "5" * 32 + ".wav"
BYE = {"action": "hangup"}
MENUS: dict[str, dict[str, Any]] = {
    "hangup": {"it": {"action": "hangup", "audio": "code.wav"}},
    "message": {"it": {"audio": "code.wav", "next": "bye"}, "bye": BYE},
    "question": {"it": {"audio": "code.wav", "gather": {"1": "bye"}}, "bye": BYE},
    "uncut": {"it": {"audio": "code.wav", "gather": {"1": "bye"}, "barge_in": False}, "bye": BYE},
    "suppress": {"it": {"action": "suppress", "audio": "code.wav"}},
}


@pytest.mark.parametrize("kind", MENUS)
def test_a_sound_for_one_caller_is_played_and_named_nowhere(rig: Rig, kind: str) -> None:
    write_wav(rig.prompts_dir / ONCE, 400)
    menu = parse_menu({"name": "S", "nodes": MENUS[kind]})
    rig.menus.publish(PublishedMenu("ivr_seed01", 4, menu, {"code.wav": PromptFile(ONCE, 400)}), DID)
    switch = DevSwitch(rig.targets, speed=20)
    result = switch.call(CallSetup(did=DID, script=CallScript.parse("1")), timeout_s=60)
    rig.drained()
    assert ONCE.removesuffix(".wav") in result.prompt_names
    (ended,) = rig.records.of("call_ended")
    assert [step["prompt"] for step in ended["path"] if step["node"] == "it"] == [None]
    assert "once" not in json.dumps([*rig.records.of("call_started"), ended], default=str)
