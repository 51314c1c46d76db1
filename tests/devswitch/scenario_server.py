"""Our server's part of a scenario: writes what it says and keeps what comes back."""

from __future__ import annotations

import re
import struct
import time
from dataclasses import dataclass, field

import gevent
from gevent import socket as gsocket
from gevent.event import Event
from gevent.server import StreamServer

from devswitch.wire import CommandParser
from tests.devswitch.scenarios import CLOSE, RESET, Scenario, Write

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass
class Happened:
    """One thing that came back: a reply, a notice, the end."""

    what: str
    took_ms: float = 0.0  # since it was sent, or since the reply before


@dataclass
class Conversation:
    """What came of a scenario, connection after connection."""

    scenario: Scenario
    replacements: dict[str, str]
    speed: float = 1.0
    happened: list[Happened] = field(default_factory=list)
    began_s: float = 0.0
    connected: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)

    def fill_in(self, text: str) -> str:
        for name, value in self.replacements.items():
            text = text.replace(name, value)
        return text


class ScenarioServer:
    """Serves one conversation a number dialled."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.port: int = self._server.server_port

    def stop(self) -> None:
        self._server.stop()

    def _serve(self, sock: gsocket.socket, _: object) -> None:
        sock.sendall(b"connect\n\n")
        peer = Peer(sock)
        first = peer.read_message()
        did = first.split("Channel-Destination-Number: %2B", 1)[1].split("\n", 1)[0]
        talk = self.conversations[f"+{did}"]
        again = talk.connected.is_set()
        if not again:
            talk.began_s = time.monotonic()
            talk.connected.set()
        talk.happened.append(Happened("connected", (time.monotonic() - talk.began_s) * 1000))
        if peer.hold(talk, talk.scenario.second if again else talk.scenario.writes):
            talk.over.set()


class Peer:
    def __init__(self, sock: gsocket.socket) -> None:
        self._sock = sock
        self._buffer = b""

    def read_message(self) -> str:
        """Head and, where one is announced, body; EOFError at the end."""
        while b"\n\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\n\n", 1)
        text = head.decode()
        if "Content-Length: " in text:
            length = int(text.split("Content-Length: ", 1)[1].split("\n", 1)[0])
            while len(self._buffer) < length:
                self._fill()
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            if "api/response" in text:
                return f"Reply-Text: {body.decode().rstrip()}"
        return text

    def _fill(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise EOFError
        self._buffer += data

    def hold(self, talk: Conversation, writes: tuple[Write, ...]) -> bool:
        """Write everything and hear what comes back; False if this side leaves and another connection is to come."""
        leaves = writes[-1] in (CLOSE, RESET)
        try:
            for at, write in enumerate(writes):
                if isinstance(write, int):
                    # Before leaving, an application runs on the other side, as fast as that side runs them.
                    gevent.sleep(write / 1000 / (talk.speed if leaves else 1))
                elif write in (CLOSE, RESET):
                    self._leave(write == RESET)
                    return False
                else:
                    data = talk.fill_in(write).encode()
                    self._sock.sendall(data)
                    if not (leaves and at == len(writes) - 3):
                        self._await_replies(talk, len(CommandParser().feed(data)))
            while True:
                self._note(talk, self.read_message(), 0.0)
        except (EOFError, OSError):
            talk.happened.append(Happened("closed"))
        finally:
            self._sock.close()
        return writes is talk.scenario.second or not talk.scenario.second

    def _leave(self, killed: bool) -> None:
        if killed:
            self._sock.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _await_replies(self, talk: Conversation, count: int) -> None:
        since_s = time.monotonic()
        while count:
            message = self.read_message()
            now_s = time.monotonic()
            count -= self._note(talk, message, (now_s - since_s) * 1000)
            since_s = now_s

    def _note(self, talk: Conversation, message: str, took_ms: float) -> bool:
        if "text/disconnect-notice" in message:
            disposition = message.split("Content-Disposition: ", 1)[1].split("\n", 1)[0]
            talk.happened.append(Happened(f"notice: {disposition}"))
            return False
        talk.happened.append(Happened(_UUID.sub("UUID", message.split("Reply-Text: ", 1)[1]), took_ms))
        return True
