"""What any switch must understand: one reply a command, and nothing but its plainest forms."""

from __future__ import annotations

import re

import pytest

from esl_server.switch import commands
from esl_server.switch.commands import Bridge, State
from esl_server.switch.dialects import EXECUTED, Commands, PreparedChannel

PLAIN = re.compile(
    rb"linger \d+|getvar [A-Za-z0-9_-]+|"
    rb"sendmsg\ncall-command: execute\nexecute-app-name: [a-z_]+\nexecute-app-arg: [^\n]*",
)
QUESTION = commands.gather("/prompts/a.wav", 5)
STATE = State("3;call_1;ivr_a:1;welcome")
BRIDGE = Bridge(b"%(2000,4000,440,480)", b"{a=b}sofia/internal/agent@127.0.0.1", True, 20)

VERBS = {
    "answer": lambda dialect: dialect.answer,
    "question": lambda dialect: dialect.question(QUESTION, b"ivr_key_1", STATE, keep_digits=False),
    "question, keys kept": lambda dialect: dialect.question(QUESTION, b"ivr_key_1", STATE, keep_digits=True),
    "state": lambda dialect: dialect.store_state(STATE),
    "bridge": lambda dialect: dialect.bridge(BRIDGE, STATE),
    "first bridge": lambda dialect: dialect.bridge(BRIDGE._replace(again=False), STATE),
    "hangup": lambda dialect: dialect.hangup("NORMAL_CLEARING"),
}


def as_said(said: Commands) -> list[bytes]:
    command, replies = said
    *blocks, end = command.split(b"\n\n")
    assert end == b""
    assert len(blocks) == replies
    return blocks


@pytest.mark.parametrize("verb", VERBS)
def test_to_a_switch_that_nobody_prepared_nothing_but_plain_executes_is_said(verb: str) -> None:
    for block in as_said(VERBS[verb](EXECUTED)):
        assert PLAIN.fullmatch(block), block


@pytest.mark.parametrize("verb", VERBS)
def test_a_prepared_switch_has_as_many_replies_as_commands(verb: str) -> None:
    command, replies = VERBS[verb](PreparedChannel("0198d7a2-1234"))
    without_bodies, at = b"", 0
    for length in re.finditer(rb"content-length:(\d+)\n\n", command):
        without_bodies += command[at : length.end()]
        at = length.end() + int(length[1])
    assert (without_bodies + command[at:]).count(b"\n\n") == replies


def test_what_is_played_and_refused_is_said_plainly_everywhere() -> None:
    for command in (commands.playback("/prompts/a.wav"), commands.respond(404), commands.FORGET_ORDER):
        (block,) = as_said((command, 1))
        assert PLAIN.fullmatch(block), block
