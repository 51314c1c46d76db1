"""greenswitch's OutboundSession, made safe for a sync socket that is open to the world.

Theory of operation: in sync mode every command gets exactly one reply, in order, and an `execute` is answered
when its application has finished. So the call's own greenlet writes commands and reads their replies itself;
there is no receiver, no event queue, no timer. `request` writes any number of commands at once and returns as
many replies. A caller's hang-up shows as a disconnect-notice that may come before the reply being waited
for: it sets `hung_up`, the replies follow as ever (recording: caller_hangs_up).

What is overridden is what stock greenswitch 0.0.19 gets wrong here: it percent-decodes the channel data
before splitting it into lines (a caller forges his own number), spins when the peer closes inside a body,
waits for ever on a silent or dropped peer, dies of a message without Content-Type, sends a part of a
command, leaks two greenlets per broken connection.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from gevent import socket as gsocket
from greenswitch.esl import OutboundSession

from esl_server.switch import commands, framing
from esl_server.switch.socket import Wire
from ivr.domain.errors import EslConnectionLost, EslError, EslProtocolError, EslTimeout

CONNECT_TIMEOUT_S = 5.0
MAX_UNREAD_BYTES = 256 * 1024
UNSET = "-ERR command not found"

_GREETING = b"Event-Name: CHANNEL_DATA\n"
_KIND = b"Content-Type: command/reply\n"
_KIND_LINE = b"\n" + _KIND
_REPLY = re.compile(_KIND + rb"Reply-Text: ([^\n]*)\n\n")
# A command done, or an `api` done.
_DONE = b"(?:" + _KIND + rb"Reply-Text: \+OK[^\n]*\n\n|Content-Type: api/response\nContent-Length: 4\n\n\+OK\n)"
# FreeSWITCH's reply with nothing in it.
LEAST_REPLY_BYTES = len(_KIND + b"Reply-Text:\n\n")
_DOWN = (b"CS_HANGUP", b"CS_REPORTING")
# One buffer serves all sessions: it is copied out before the greenlet can switch.
_RECEIVED = bytearray(64 * 1024)
_RECEIVED_VIEW = memoryview(_RECEIVED)


@lru_cache(maxsize=256)
def _all_well(done: int, told: int) -> re.Pattern[bytes]:
    """What is nearly always read: so many commands done, then so many replies that say something."""
    return re.compile(_DONE + b"{%d}" % done + _REPLY.pattern * told)


def _decode(raw: bytes) -> str:
    """Channel data is percent-encoded bytes that need not be UTF-8 (a Latin-1 display name)."""
    if b"%" not in raw:
        return raw.decode("utf-8", "replace")
    if raw.startswith(b"%2B") and b"%" not in raw[3:]:  # a number, as it nearly always comes
        return "+" + raw[3:].decode("utf-8", "replace")
    return unquote_to_bytes(raw).decode("utf-8", "replace")


def is_unset(text: str) -> bool:
    """Whether this reply to `getvar` says that there is no such variable: UNSET, or what `api` commands and other
    switches say instead."""
    return text in ("", UNSET, "_undef_") or text.startswith(("-ERR", "-USAGE"))


@lru_cache(maxsize=256)
def _line_start(name: str) -> bytes:
    return b"\n%b: " % name.encode("ascii")


class ChannelData:
    """The reply to `connect`: about 200 `Name: value` lines, of which a call needs a few.

    Lines are split before anything is decoded, and a value is decoded only when it is asked for.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        # What begins as ever and ends its last line is kept as it came: nobody asks for its first line.
        self._raw = raw if raw.startswith(_GREETING) and raw.endswith(b"\n") else b"\n%b\n" % raw

    def find(self, name: str) -> str | None:
        raw = self.find_raw(name)
        return None if raw is None else _decode(raw)

    def find_raw(self, name: str) -> bytes | None:
        """The value as it came, still encoded; the first wins when a name comes twice."""
        key = _line_start(name)
        at = self._raw.find(key)
        if at < 0:
            return None
        at += len(key)
        return self._raw[at : self._raw.index(b"\n", at)]

    def get(self, name: str, default: str | None = None) -> str | None:
        """What greenswitch's own properties (`uuid`, `call_uuid`, `caller_id_number`) ask."""
        value = self.find(name)
        return default if value is None else value


class OtherChannelData(ChannelData):
    """Channel data as another switch than FreeSWITCH 1.10 would write them."""

    __slots__ = ("_headers",)

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        self._headers = headers

    def find_raw(self, name: str) -> bytes | None:
        return self._headers.get(name.lower().encode("ascii"))


class Session(OutboundSession):
    """One connection from FreeSWITCH. `deadline` (monotonic) is watched by the server, which expires it."""

    # Whether the switch has begun otherwise than FreeSWITCH does.
    _is_other = False

    def __init__(self, client_address: object, sock: Wire | gsocket.socket) -> None:
        # Not the base class's __init__: it starts two greenlets per call that would read our replies.
        self.sock = sock
        self.client_address = client_address
        self.connected = True
        self.session_data: ChannelData | None = None
        self.hung_up = False
        self.deadline = time.monotonic() + CONNECT_TIMEOUT_S
        self._expired = False
        self._buffer = b""
        # Where it is known, the first wait is for as many bytes as there must be: each reply comes by itself, and to
        # be woken costs more than what is done then. Who replies less would be waited for in vain.
        self.least_reply_bytes = 0
        self._least = 1

    def connect(self) -> ChannelData:
        """Greet FreeSWITCH and take the channel data; raises EslError."""
        self._send(commands.CONNECT)
        try:
            self._receive()
            while (data := self._take_channel_data()) is None:
                self._receive()
        except EslConnectionLost:
            raise (EslTimeout("connect") if self._expired else EslConnectionLost("closed before connect")) from None
        # He may be gone already; then no notice of it comes any more.
        self.hung_up = self.hung_up or data.find_raw("Channel-State") in _DOWN
        self.session_data = data
        # The time in which he had to say who he is was his; ours begins now.
        self.deadline = time.monotonic() + CONNECT_TIMEOUT_S
        return data

    def request(
        self,
        command: bytes,
        replies: int,
        timeout_s: float,
        waiting_for: str,
        sent: Callable[[], None] | None = None,
        told: int = 1,
    ) -> list[str]:
        """Write `command` (one or several), call `sent`, and return the last `told` of its `replies` Reply-Texts.

        Raises EslTimeout, EslConnectionLost or EslProtocolError; after any of them the session is dead.
        """
        self.deadline = time.monotonic() + timeout_s
        try:
            self._send(command)
            if sent is not None:
                sent()
            if (least := replies * self.least_reply_bytes - len(self._buffer)) > 0:
                self._receive(least)
            while self._buffer.count(b"\n\n") < replies and b"\r" not in self._buffer:
                self._receive()
            if (well := _all_well(replies - told, told).fullmatch(self._buffer)) is not None:
                self._buffer = b""
                return [text.decode("utf-8", "replace") for text in well.groups()]
            texts: list[str] = []
            while len(texts) < replies:
                reply = self._take_reply()
                if reply is None:
                    self._receive()
                else:
                    texts.append(reply)
            return texts[-told:]
        except EslConnectionLost:
            if self._expired:
                raise EslTimeout(waiting_for) from None
            if not self.hung_up:
                self._hear_last_words()
            raise

    def _hear_last_words(self) -> None:
        """What came before the end may say that the caller hung up: then nobody lost anybody."""
        try:
            while True:
                while self._take_reply() is not None:
                    pass
                self._receive()
        except EslError:
            return

    def send(self, data: str) -> str:
        """One command of greenswitch's own verbs (`linger`, `park`, ...), answered by its Reply-Text."""
        return self.request(data.encode("ascii", "strict") + b"\n\n", 1, CONNECT_TIMEOUT_S, data[:40])[0]

    def call_command(
        self, app_name: str, app_args: str | None = None, block: bool = False, response_timeout: float | None = None
    ) -> str:
        """Refused: applications are executed only with what `commands` has checked."""
        raise EslError(f"{app_name}: applications are built in esl_server.switch.commands")

    def expire(self) -> None:
        """Called from outside when the deadline has passed: wakes the waiting greenlet with an EslTimeout."""
        self._expired = True
        try:
            self.sock.shutdown(gsocket.SHUT_RDWR)
        except OSError:
            self.sock.close()

    def stop(self) -> None:
        """Close the socket; FreeSWITCH then frees a channel that has hung up, or goes on with the dialplan."""
        self.connected = False
        self.sock.close()

    def _send(self, data: bytes) -> None:
        try:
            sent = self.sock.send(data)
            while sent < len(data):
                sent += self.sock.send(data[sent:])
        except OSError as error:
            self.connected = False
            raise EslConnectionLost(f"write failed: {error}") from None

    def _receive(self, least: int = 1) -> None:
        """Wait for `least` bytes or the end, and take what is there."""
        try:
            if least != self._least:
                self.sock.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_RCVLOWAT, least)
                self._least = least
            count = self.sock.recv_into(_RECEIVED)
        except OSError as error:
            self.connected = False
            raise EslConnectionLost(f"read failed: {error}") from None
        if not count:
            self.connected = False
            raise EslConnectionLost("FreeSWITCH closed the socket")
        self._buffer += _RECEIVED_VIEW[:count]
        if len(self._buffer) > MAX_UNREAD_BYTES:
            raise EslProtocolError(f"over {MAX_UNREAD_BYTES} bytes without a reply")

    def _take_reply(self) -> str | None:
        """The next command/reply in the buffer; notices on the way to it are noted. None: read more."""
        while self._buffer:
            match = _REPLY.match(self._buffer)
            if match:
                self._buffer = self._buffer[match.end() :]
                return match[1].decode("utf-8", "replace")
            message = framing.find_message(self._buffer)
            if message is None:
                return None
            block, body, after = message
            self._buffer = self._buffer[after:]
            headers = framing.split_headers(block)
            kind = self._heed(headers)
            if kind == b"command/reply":
                return headers.get(b"reply-text", b"").decode("utf-8", "replace")
            if kind == b"api/response":
                return body.removesuffix(b"\n").decode("utf-8", "replace")
            # Anything else is an event nobody asked for: skipped.
        return None

    def _heed(self, headers: dict[bytes, bytes]) -> bytes:
        """The message's kind; what it tells of the connection is noted."""
        kind = headers.get(b"content-type")
        if kind is None:
            raise EslProtocolError("a message without Content-Type")
        if kind == b"text/disconnect-notice":
            self.hung_up = True
            if headers.get(b"content-disposition") != b"linger":
                self.connected = False
                raise EslConnectionLost("disconnect notice")
        elif kind == b"text/rude-rejection":
            raise EslProtocolError("FreeSWITCH refuses this connection")
        return kind

    def _take_channel_data(self) -> ChannelData | None:
        if self._is_other or not self._buffer.startswith(_GREETING):
            return self._take_other_channel_data()
        # The kind of the reply stands at its end, and the blank line is looked for behind it: to look for that among
        # all those lines takes longer than everything else here.
        kind_at = self._buffer.find(_KIND_LINE)
        end = self._buffer.find(b"\n\n", max(0, kind_at))
        if end < 0:
            return None
        data = ChannelData(self._buffer[: end + 1])
        with_body = b"\nContent-Length: " in self._buffer[kind_at:end]
        if kind_at < 0 or with_body or data.find_raw("Caller-Destination-Number") is None:
            return self._take_other_channel_data()
        self._buffer = self._buffer[end + 2 :]
        return data

    def _take_other_channel_data(self) -> ChannelData | None:
        """They may stand in one message, in its body, or in the message behind a bare +OK."""
        while (message := framing.find_message(self._buffer)) is not None:
            block, body, after = message
            self._buffer, self._is_other = self._buffer[after:], True
            for part in (block, body):
                headers = framing.split_channel_data(part)
                if framing.is_channel_data(headers):
                    return OtherChannelData(headers)
            headers = framing.split_headers(block)
            said = _decode(headers.get(b"reply-text", b""))
            if self._heed(headers) == b"command/reply" and not said.startswith("+OK"):
                raise EslProtocolError("the reply to connect is no channel data")
        return None
