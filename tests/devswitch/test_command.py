"""What `digitree call` shows and does."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import gevent
import pytest

from devswitch.caller import ScriptedAgent
from devswitch.command import run_call
from devswitch.interactive import Narrator, press_from_terminal
from devswitch.switch import CallSetup, DevSwitch
from tests.devswitch.conftest import DID, Talk
from tests.devswitch.scenarios import ANSWER, BYE, get, run

ASK = run("play_and_get_digits", "1 1 1 2000 none $P/two.wav silence_stream://10 v . 2000") + get("v")


def test_a_scripted_call_is_told_and_saved(talk: Talk, tmp_path: Path) -> None:
    talk.expect(ANSWER, ASK, run("bridge", "sofia/digitree/agent@192.0.2.1"), BYE)
    out = io.StringIO()
    result = run_call(
        talk.address,
        DID,
        "+14805551234",
        press="1",
        save=tmp_path / "heard.wav",
        describe=lambda file: f"<{Path(file).stem}>",
        agent_prompt=talk.prompts / "one.wav",
        out=out,
        speed=20,
    )
    told = [line.split(maxsplit=1)[1] for line in out.getvalue().splitlines()]
    assert told == [
        "answered",
        "hears    <two>",
        "presses  1",
        "dialling agent@192.0.2.1",
        "talks to agent@192.0.2.1",
        "hears    <one>",
        "hung up  NORMAL_CLEARING by switch",
    ]
    assert result.violations == []
    with wave.open(str(tmp_path / "heard.wav")) as file:
        assert file.getnframes() == pytest.approx(result.duration_ms * 8, abs=8)


def test_violations_are_returned_and_told_but_do_not_raise(talk: Talk) -> None:
    talk.expect(ANSWER, "bogus\n\n", BYE)
    out = io.StringIO()
    result = run_call(talk.address, DID, "+14805551234", out=out, speed=20)
    assert result.violations
    assert "WRONG    'bogus' is not a command" in out.getvalue()


def test_agents_may_be_given(talk: Talk) -> None:
    talk.expect(ANSWER, run("bridge", "sofia/digitree/agent@192.0.2.1"), BYE)
    result = run_call(talk.address, DID, "anonymous", agents={"agent": ScriptedAgent.busy()}, out=None, speed=20)
    assert result.agent is None
    assert result.variables["originate_disposition"] == "USER_BUSY"


def test_a_script_that_cannot_be_read_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="is not a step"):
        run_call("127.0.0.1:1", DID, "+14805551234", press="what")


def test_nobody_there_is_told_by_the_result() -> None:
    result = run_call("127.0.0.1:1", DID, "+14805551234", out=None, speed=20)
    assert (result.connections, result.connects_refused, result.sip_status) == (0, 3, 503)


def test_keys_typed_are_pressed_and_the_end_of_the_input_hangs_up(talk: Talk) -> None:
    talk.expect(ANSWER, ASK, ASK)
    out = io.StringIO()
    call = DevSwitch(talk.address).start(CallSetup(DID, on_note=Narrator(out)))
    read, write = os.pipe()
    with os.fdopen(read) as stdin, gevent.Timeout(20):
        typing = gevent.spawn(press_from_terminal, call, stdin)
        for typed, times in ((b"x1", 1), (b"#", 2)):
            while out.getvalue().count("hears    two.wav") < times:
                gevent.sleep(0.005)
            os.write(write, typed)
        while "presses  #" not in out.getvalue():
            gevent.sleep(0.005)
        os.close(write)
        typing.get()
        result = call.wait()
    assert result.keys_taken == "1#"
    assert result.ended_by == "caller"
