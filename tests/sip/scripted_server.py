"""An event-socket server that does what a test says, one call at a time: stands where our ESL server would."""

from __future__ import annotations

import socket
from types import TracebackType
from urllib.parse import unquote


class CallEnded(Exception):
    """FreeSWITCH closed the connection."""


def gather_argument(timeout_ms: int, prompt: str = "silence_stream://10") -> str:
    """One key, whichever, into the variable `key`."""
    return f"1 1 1 {timeout_ms} none {prompt} silence_stream://10 key ."


def _execute(application: str, argument: str) -> str:
    return f"sendmsg\ncall-command: execute\nexecute-app-name: {application}\nexecute-app-arg: {argument}\n\n"


class ScriptedCall:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""
        sock.settimeout(60)
        sock.sendall(b"connect\n\n")
        self.channel = {name: unquote(value) for name, value in self._message().items()}

    def execute(self, application: str, argument: str = "") -> str:
        """The reply text; the application has ended when it comes. CallEnded when the call has."""
        return self._ask(_execute(application, argument))

    def begin(self, application: str, argument: str = "") -> None:
        """Like `execute`, without waiting for the end."""
        self._sock.sendall(_execute(application, argument).encode())

    def ask_all(self, commands: bytes, replies: int) -> list[str]:
        """Bytes as our server writes them; the text of each reply, a getvar's value last."""
        self._sock.sendall(commands)
        texts: list[str] = []
        while len(texts) < replies:
            message = self._message()
            if message.get("Content-Type") in ("command/reply", "api/response"):
                texts.append(message.get("Reply-Text", ""))
        return texts

    def getvar(self, name: str) -> str | None:
        reply = self._ask(f"getvar {name}\n\n")
        return None if reply == "-ERR command not found" else reply

    def press(self, timeout_ms: int = 15_000, prompt: str = "silence_stream://10") -> str | None:
        """The key that a gather catches, None without one."""
        self.execute("play_and_get_digits", gather_argument(timeout_ms, prompt))
        return self.getvar("key")

    def drop(self) -> None:
        """What a killed server leaves behind: a closed connection."""
        self._sock.close()

    def _ask(self, command: str) -> str:
        try:
            self._sock.sendall(command.encode())
            while True:
                message = self._message()
                if message.get("Content-Type") == "command/reply":
                    return message["Reply-Text"]
        except (ConnectionError, TimeoutError) as error:
            raise CallEnded from error

    def _message(self) -> dict[str, str]:
        head = self._until(b"\n\n")
        message = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        if "Event-Name" not in message:
            self._exactly(int(message.get("Content-Length", 0)))
        return message

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(mark)
        return head

    def _exactly(self, length: int) -> None:
        while len(self._buffer) < length:
            self._receive()
        self._buffer = self._buffer[length:]

    def _receive(self) -> None:
        data = self._sock.recv(65536)
        if not data:
            raise CallEnded
        self._buffer += data


class ScriptedServer:
    """Listens from the start; `take_call()` waits for FreeSWITCH to connect."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._listener = socket.create_server(address)

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def take_call(self, timeout_s: float = 30) -> ScriptedCall:
        self._listener.settimeout(timeout_s)
        sock, _ = self._listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return ScriptedCall(sock)

    def is_called(self, within_s: float) -> bool:
        self._listener.settimeout(within_s)
        try:
            sock, _ = self._listener.accept()
        except TimeoutError:
            return False
        sock.close()
        return True
