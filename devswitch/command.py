"""`digitree call`: one call in real time against the ESL server, scripted or from the keyboard."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import gevent

from devswitch.caller import AgentBook, CallScript, ScriptedAgent
from devswitch.dialplan import digitree_dialplan
from devswitch.interactive import Describe, Narrator, describe_file, press_from_terminal, raw_terminal
from devswitch.switch import CallResult, CallSetup, DevSwitch


def run_call(
    esl_address: str,
    did: str,
    ani: str,
    press: str = "",
    interactive: bool = False,
    save: Path | None = None,
    describe: Describe = describe_file,
    agents: Mapping[str, ScriptedAgent] | None = None,
    *,
    agent_prompt: Path | None = None,
    trouble_prompt: Path | None = None,
    secret: str = "",
    out: TextIO | None = sys.stdout,
    speed: float = 1.0,
) -> CallResult:
    """Call `did` as `ani` and return the result, with its violations.

    press: CallScript.parse's notation (`1,1,1`). interactive: keys from the terminal as well, prompts shown through
    `describe`. save: the WAV to write what was heard to. agents: far ends by user, user@host or user@host:port; any
    other answers and plays `agent_prompt`. trouble_prompt is played when no server answers. secret: proves the call
    to the call server. out: None prints nothing.
    ValueError if `press` cannot be read.
    """
    # Every target answers: the development switch cannot reach a real agent.
    default = ScriptedAgent.answering(
        plays=str(agent_prompt) if agent_prompt else "", talk_ms=None if interactive else 3000
    )
    switch = DevSwitch(
        digitree_dialplan(esl_address, secret, str(trouble_prompt or "")),
        speed=speed,
        agents=AgentBook(agents, default),
        strict=False,
    )
    setup = CallSetup(
        did=did,
        ani=ani,
        script=CallScript.parse(press),
        on_note=Narrator(out, describe) if out is not None else None,
    )
    live = switch.start(setup)
    try:
        if interactive:
            with raw_terminal(sys.stdin):
                press_from_terminal(live)
        result = live.wait()
    except KeyboardInterrupt:
        live.hang_up()
        result = live.wait()
    if save is not None:
        result.save_audio(save)
    gevent.sleep(0)
    return result
