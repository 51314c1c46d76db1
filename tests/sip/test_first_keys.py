"""Keys pressed as soon as the call is answered, with the commands that our server really sends."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from esl_server.switch import commands
from esl_server.switch.commands import State
from esl_server.switch.dialects import EXECUTED, Dialect, PreparedChannel
from tests.helpers import wait_until
from tests.sip.calls import write_tone
from tests.sip.conftest import Switch
from tests.sip.scripted_server import ScriptedServer
from tests.sip.test_signalling import DID, Caller, end

_VARIABLE = b"ivr_key_1"


class Eager(Caller):
    """way: how it sends a key, after_s: seconds after its ACK (a tone not before the prompt); -1: never."""

    way = "send_event"
    after_s = 0.0

    def _request(self, method: str, *args: object, **more: object) -> None:
        super()._request(method, *args, **more)  # type: ignore[arg-type]
        if method == "ACK" and self._media is not None and self.after_s >= 0:
            threading.Timer(self.after_s, self._press).start()

    def _press(self) -> None:
        if self.way == "send_tone":
            # FreeSWITCH looks for tones from its first command on, which the prompt follows.
            wait_until(lambda: self.loud_frames > 0, 20, "the prompt begins")
        getattr(self, self.way)("5")


def dialect_of(name: str, channel_uuid: str) -> Dialect:
    return PreparedChannel(channel_uuid) if name == "prepared" else EXECUTED


def first_question(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, phone: Eager, dialect_name: str
) -> str:
    """The key that the first question of a call takes."""
    prompt = switch.prompts / "first.wav"
    write_tone(prompt, 3000)
    status: Future[int] = beside.submit(phone.dial, DID)
    call = server.take_call()
    dialect = dialect_of(dialect_name, call.channel["Unique-ID"])
    opening, opening_replies = dialect.answer
    question, replies = dialect.question(
        commands.gather(str(prompt), 1), _VARIABLE, State("state"), keep_digits=True, opening=opening
    )
    key = call.ask_all(question, opening_replies + replies)[-1]
    assert status.result(20) == 200
    end(call, phone)
    return key


@pytest.mark.parametrize("dialect", ["prepared", "executed"])
@pytest.mark.parametrize(
    ("way", "after_s"),
    [("send_event", 0.0), ("send_event", 0.02), ("send_event", 0.2), ("send_info", 0.0), ("send_tone", 0.0)],
)
def test_key_pressed_with_the_answer_answers_the_first_question(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, dialect: str, way: str, after_s: float
) -> None:
    with Eager(switch.sip, telephone_event=way == "send_event") as phone:
        phone.way, phone.after_s = way, after_s
        assert first_question(switch, server, beside, phone, dialect) == "5"
        assert phone.loud_frames < 100


@pytest.mark.parametrize("dialect", ["prepared", "executed"])
def test_prompt_follows_silence_that_is_sent(
    switch: Switch, server: ScriptedServer, beside: ThreadPoolExecutor, dialect: str
) -> None:
    with Eager(switch.sip) as phone:
        phone.after_s = -1
        assert first_question(switch, server, beside, phone, dialect) == "-ERR command not found"
        phone.catch_up()
        first_loud = next(at for at, packet in enumerate(phone.heard) if packet.is_loud)
        assert 15 <= first_loud <= 25
        assert phone.loud_frames >= 100
