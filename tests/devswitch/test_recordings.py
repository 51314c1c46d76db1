"""The development switch against recordings of a real one: same commands in, same bytes out, at the same times."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import gevent
import pytest
from gevent import socket as gsocket

from devswitch import media
from devswitch.caller import CallerStep, CallScript, ScriptedAgent
from devswitch.media import ChannelSound, Part
from devswitch.switch import CallResult, CallSetup, DevSwitch
from devswitch.wire import CommandParser
from tests.devswitch.recording import FOLDER, Block, normalise, read_recording

# The prompts of the recordings are not at hand; what they did tells how long they were at least.
PROMPT_MS = {
    "welcome": 4600.0,
    "license_check": 4000.0,
    "area_check": 4000.0,
    "wrong_area": 2715.0,
    "not_qualified": 1215.0,
}
# Applications run so much faster than life; what the server waits between its commands is waited in full.
SPEED = 10.0
TOLERANCE_MS = 45.0


def find_sound(name: str) -> ChannelSound | None:
    stem = name.removeprefix("/srv/ivr/prompts/").removesuffix(".wav")
    if stem in PROMPT_MS:
        return ChannelSound((Part(name, PROMPT_MS[stem]),))
    return media.find_sound(name)


@dataclass(frozen=True)
class Recorded:
    """What the caller and the agent did, read off the recording."""

    name: str
    did: str
    steps: tuple[CallerStep, ...] = ()
    presses: tuple[tuple[float, str], ...] = ()
    hang_up_ms: float | None = None
    agents: dict[str, ScriptedAgent] = field(default_factory=dict)


def key(pressed: str, after_ms: float) -> CallerStep:
    return CallerStep(pressed, after_ms)


RECORDED = [
    Recorded("sync_happy", "+14165559876", (key("1", 1758), key("1", 2020), key("2", 2000))),
    Recorded("sync_no_input", "+14155559876"),
    Recorded("sync_no_match", "+14155559876", (key("5", 1759),)),
    Recorded("sync_missing_prompt", "+14155559876"),
    Recorded("sync_caller_hangs_up", "+14155559876", hang_up_ms=2020),
    Recorded("sync_unassigned_did", "+14165559876"),
    Recorded(
        "sync_bridge_failed", "+14155559876", agents={"x@127.0.0.1:5999": ScriptedAgent.unreachable()}
    ),
    Recorded(
        "sync_bridge_answered",
        "+14155559876",
        hang_up_ms=4030,
        agents={"agent@127.0.0.1:5080": ScriptedAgent.answering(ring_ms=20, talk_ms=None)},
    ),
    Recorded("sync_type_ahead_flushed", "+14155559876", presses=((400, "1"), (1000, "1"))),
]


class RecordedServer:
    """Our server's part of one connection: sends the recorded bytes when what was recorded before has come back."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.received = b""
        self.closed_by_switch = False
        self._listener = gsocket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.greenlet = gevent.spawn(self._serve)

    @property
    def expected(self) -> bytes:
        return b"".join(block.data for block in self.blocks if block.kind == "<<<<")

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        self._listener.close()
        owed = 0
        for before, block in zip([None, *self.blocks], self.blocks, strict=False):
            if block.kind == "<<<<":
                owed += len(normalise(block.data))
            elif block.kind == ">>>>":
                self._receive(sock, owed)
                if before is not None and block.at_ms - before.at_ms > 100:
                    gevent.sleep((block.at_ms - before.at_ms) / 1000)
                sock.sendall(block.data)
            elif block.kind == "DIED":
                self._receive(sock, owed)
                gevent.sleep(0.02)
                # No goodbye: what is unread is thrown away and the peer gets a reset.
                sock.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
                return
        self._receive(sock, None)
        sock.close()

    def _receive(self, sock: gsocket.socket, owed: int | None) -> None:
        with gevent.Timeout(20, AssertionError(f"not answered: {self.received[-300:]!r}")):
            while owed is None or len(normalise(self.received)) < owed:
                data = sock.recv(65536)
                if not data:
                    self.closed_by_switch = True
                    return
                self.received += data


def setup_of(recorded: Recorded) -> CallSetup:
    script = CallScript(recorded.steps, recorded.presses, recorded.hang_up_ms)
    return CallSetup(recorded.did, "+14805551234", "Joe", script)


def recorded_did(blocks: list[Block]) -> str:
    text = blocks[1].data.decode()
    return text.split("Channel-Destination-Number: %2B", 1)[1].split("\n", 1)[0].join(["+", ""])


def assert_same_bytes(server: RecordedServer) -> None:
    got, want = normalise(server.received), normalise(server.expected)
    assert got.split(b"\n") == want.split(b"\n")
    assert got == want


def assert_same_times(blocks: list[Block], result: CallResult, first: int = 0) -> None:
    """Each command took the switch as long as it was recorded to (what the server took is its own matter)."""
    took_ms, sent_ms, free_ms = [], 0.0, 0.0
    for block in blocks:
        if block.kind == ">>>>":
            sent_ms = block.at_ms
        elif block.kind == "<<<<" and b"disconnect-notice" not in block.data:
            took_ms.append(block.at_ms - max(sent_ms, free_ms))
            free_ms = block.at_ms
    commands = result.commands[first : first + len(took_ms)]
    got_ms = [command.answered_ms - command.received_ms for command in commands]
    assert got_ms == pytest.approx(took_ms, abs=TOLERANCE_MS)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded.name)
def test_same_commands_get_the_same_bytes_at_the_same_times(recorded: Recorded) -> None:
    blocks = read_recording(recorded.name)
    server = RecordedServer(blocks)
    switch = DevSwitch(
        [server.address],
        speed=SPEED,
        agents=recorded.agents,
        find_sound=find_sound,
        # Where the caller acts while the server waits on purpose, that wait is part of the call.
        counts_idle=bool(recorded.presses),
    )
    recorded = Recorded(recorded.name, recorded_did(blocks), *list(vars(recorded).values())[2:])
    result = switch.call(setup_of(recorded), timeout_s=30)
    server.greenlet.get(timeout=60)
    assert_same_bytes(server)
    assert server.closed_by_switch
    assert_same_times(blocks, result)
    assert result.violations == []


def test_a_second_server_takes_over_with_all_variables_when_the_first_is_killed() -> None:
    first, second = (RecordedServer(read_recording(f"sync_taken_over_{number}")) for number in (1, 2))
    switch = DevSwitch([first.address, f"127.0.0.1:1|{second.address}"], speed=SPEED, find_sound=find_sound)
    script = CallScript((key("1", 3256), key("2", 1515)))
    result = switch.call(CallSetup(recorded_did(second.blocks), "+14805551234", "Joe", script), timeout_s=30)
    gevent.joinall([first.greenlet, second.greenlet], timeout=60, raise_error=True)
    assert_same_bytes(first)
    assert_same_bytes(second)
    assert result.connections == 2
    assert result.connects_refused == 1
    assert_same_times(first.blocks, result)
    # The first recording ends where its server died; its getvar was never sent an answer.
    taken_over = next(at for at, command in enumerate(result.commands) if at and command.line == "connect")
    assert_same_times(second.blocks, result, taken_over)
    # Killed in mid-prompt: the prompt went on to the caller's key, which the second server was told.
    assert result.heard[0].cut_by_key == "1"
    assert result.heard[0].ended_ms - result.heard[0].started_ms == pytest.approx(3256, abs=1)


def test_every_recording_is_held_against_the_switch() -> None:
    names = {recorded.name for recorded in RECORDED} | {"sync_taken_over_1", "sync_taken_over_2"}
    assert names == {path.stem for path in FOLDER.glob("sync_*.esl")}


def client_bytes(name: str) -> bytes:
    return b"".join(block.data for block in read_recording(name) if block.kind == ">>>>")


ALL_NAMES = sorted(path.stem for path in FOLDER.glob("sync_*.esl"))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_commands_are_the_same_whole_byte_by_byte_and_with_more_behind(name: str) -> None:
    data = client_bytes(name)
    whole = CommandParser().feed(data)
    assert len(whole) == data.count(b"\n\n")
    parser = CommandParser()
    assert [command for at in range(len(data)) for command in parser.feed(data[at : at + 1])] == whole
    assert not parser.pending
    parser = CommandParser()
    assert parser.feed(data + b"getvar hal") == whole
    assert parser.pending
    assert [command.line for command in parser.feed(b"f\n\n")] == ["getvar half"]
