"""A leg that has to be confirmed after its answer: group_confirm_key, group_confirm_file, group_confirm_timeout.

Facts: `check_channel_status` and `collect_thread_run` (switch_ivr_originate.c) of FreeSWITCH 1.10.12.
"""

from __future__ import annotations

from collections.abc import Mapping

from devswitch.apps import AppSurroundings
from devswitch.caller import PRESS_AFTER_MS, ScriptedAgent
from devswitch.expand import atoi


def confirmed(
    variables: Mapping[str, str], agent: ScriptedAgent, answered_ms: float, around: AppSurroundings
) -> tuple[float, str]:
    """When a leg that was answered then has the call, or is ended with a cause. `exec` in place of a key: once the
    application has come to its end."""
    file = variables.get("group_confirm_file", "")
    if variables["group_confirm_key"] == "exec":
        sound = around.find_sound(file.partition(" ")[2])
        return answered_ms + (0.0 if sound is None else sound.length_ms), ""
    if agent.accepts:
        return answered_ms + PRESS_AFTER_MS, ""
    return answered_ms + atoi(variables.get("group_confirm_timeout", "")) * 1000.0, "ALLOTTED_TIMEOUT"
