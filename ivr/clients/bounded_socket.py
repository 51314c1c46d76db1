"""A connected socket for `http.client` that is good for one exchange: it ends at a time, and after so many bytes.

A peer that sends a byte now and then would outlast a time-out of each read, and one that sends without an end would
never be waited for; so the time that is left is looked at before each read and write.
"""

from __future__ import annotations

import io
import socket
import time
from collections.abc import Callable
from typing import Any


class BoundedSocket:
    """`start` before each exchange; `pause` is called once its answer begins. What it raises is OSError: TimeoutError
    when the time is up, and TooMuchSent."""

    def __init__(
        self,
        sock: socket.socket,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self._sock = sock
        self._pause = pause
        self._clock = clock
        self._until = 0.0
        self.bytes_left = 0
        self._unsent = b""
        # `http.client` closes its socket while it reads the last answer from it.
        self._is_read = self._is_closed = False

    def start(self, until: float, most_bytes: int) -> None:
        """`until`: by the clock; `most_bytes`: of the answer, its head included."""
        self._until, self.bytes_left = until, most_bytes

    def is_open(self) -> bool:
        """Whether the peer has not closed it, as far as the kernel knows; without waiting."""
        try:
            return self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED
        except OSError:
            return False

    def sendall(self, data: Any) -> None:
        """Kept until something is to be read: a head and its body leave together."""
        self._unsent += data

    def makefile(self, mode: str) -> io.BufferedReader:
        self._is_read = True
        return io.BufferedReader(_Incoming(self), 8192)

    def receive(self, buffer: Any) -> int:
        """Read the bytes that have come into the buffer. Gives their count, 0 at the end."""
        self._sock.settimeout(self._left())
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            self._sock.sendall(unsent)
            self._sock.settimeout(self._left())
            count = self._sock.recv_into(buffer)
            self._pause()
        else:
            count = self._sock.recv_into(buffer)
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise TooMuchSent("the answer is larger than what is read of one")
        return count

    def close(self) -> None:
        self._is_closed = True
        if not self._is_read:
            self._sock.close()

    def read_no_more(self) -> None:
        self._is_read = False
        if self._is_closed:
            self._sock.close()

    def _left(self) -> float:
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("the time for this exchange is up")
        return left


class TooMuchSent(OSError):
    """The peer sent more than the bytes of an exchange."""


class _Incoming(io.RawIOBase):
    """What `http.client` reads from; it closes this after an answer, and the socket stays."""

    def __init__(self, sock: BoundedSocket) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.receive(buffer)

    def close(self) -> None:
        if not self.closed:
            self._sock.read_no_more()
        super().close()


# tcpi_state of struct tcp_info (linux/tcp.h).
_ESTABLISHED = 1
