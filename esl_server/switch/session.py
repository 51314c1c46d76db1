"""greenswitch's OutboundSession, made safe for a sync socket that any peer can reach.

Theory of operation: in sync mode every command gets exactly one reply, in order, and the reply to an `execute` comes
when its application has finished. So the call's own greenlet writes commands and reads their replies; there is no
receiver, no event queue and no timer. `request` writes any number of commands at once and returns as many replies.
A caller's hang-up appears as a disconnect notice, which may precede the reply being waited for: it sets `hung_up`,
and the replies still follow (recording: caller_hangs_up).

Overridden are the faults of stock greenswitch 0.0.19: it percent-decodes the channel data before splitting it into
lines (a caller could forge headers), spins when the peer closes inside a body, waits without limit on a silent or
dropped peer, fails on a message without Content-Type, may send only a part of a command, and leaks two greenlets per
broken connection.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote_to_bytes

import gevent
from gevent import socket as gsocket
from greenswitch.esl import OutboundSession

from esl_server.switch import commands, framing
from esl_server.switch.socket import Wire
from ivr.domain import switch_proof
from ivr.domain.errors import EslConnectionLost, EslError, EslNotProven, EslProbed, EslProtocolError, EslTimeout
from ivr.domain.probe import PROBE
from ivr.domain.switch_proof import ProofCheck

CONNECT_TIMEOUT_S = 5.0
MAX_UNREAD_BYTES = 256 * 1024
UNSET = "-ERR command not found"

_GREETING = b"Event-Name: CHANNEL_DATA\n"
_DIALLED = b"\nCaller-Destination-Number: "
_KIND = b"Content-Type: command/reply\n"
_KIND_LINE = b"\n" + _KIND
_REPLY = re.compile(_KIND + rb"Reply-Text: ([^\n]*)\n\n")
_PLAIN = _KIND + b"Reply-Text: +OK\n\n"
# The reply to a command, or to an `api` command.
_DONE = b"(?:" + _KIND + rb"Reply-Text: \+OK[^\n]*\n\n|Content-Type: api/response\nContent-Length: 4\n\n\+OK\n)"
# FreeSWITCH's shortest reply: an empty Reply-Text.
LEAST_REPLY_BYTES = len(_KIND + b"Reply-Text:\n\n")
_DIGIT_SOURCE = re.compile(rb"^DTMF-Source: (INBAND_AUDIO|ENDPOINT|RTP)$", re.MULTILINE)
_VARIABLE = b"variable_"
_OURS = b"\n%bdigitree_" % _VARIABLE
_PROOF = switch_proof.VARIABLE.encode("ascii")
_ALIVE = (b"ringing", b"early", b"answered")
_DOWN = (b"CS_HANGUP", b"CS_REPORTING")
# One buffer serves all sessions: it is copied out before the greenlet can switch.
_RECEIVED = bytearray(64 * 1024)
_RECEIVED_VIEW = memoryview(_RECEIVED)


@lru_cache(maxsize=256)
def _usual_replies(done: int, wanted: int) -> tuple[bytes, re.Pattern[bytes], re.Pattern[bytes]]:
    """The usual case: `done` commands acknowledged, then `wanted` replies with a text. The first two are for
    acknowledgements that are a bare +OK, which are compared in a tenth of the time; the last is for all."""
    texts = _REPLY.pattern * wanted
    return _PLAIN * done, re.compile(texts), re.compile(_DONE + b"{%d}" % done + texts)


def _decode(raw: bytes) -> str:
    """Channel data is percent-encoded bytes that need not be UTF-8 (a Latin-1 display name)."""
    # `find`, since `in` tries first whether the bytes are a number, which takes five times as long.
    if raw.find(b"%") < 0:
        return raw.decode(errors="replace")
    if raw.startswith(b"%2B") and raw.find(b"%", 3) < 0:  # a number in E.164: the usual case
        return "+" + raw[3:].decode(errors="replace")
    return unquote_to_bytes(raw).decode(errors="replace")


def is_unset(text: str) -> bool:
    """Whether this reply to `getvar` means that the variable is not set: UNSET, or the words of `api` commands and
    other switches."""
    return text in ("", UNSET, "_undef_") or text.startswith(("-ERR", "-USAGE"))


@lru_cache(maxsize=256)
def _line_start(name: str) -> bytes:
    return b"\n%b: " % name.encode("ascii")


class ChannelData:
    """The reply to `connect`: about 200 `Name: value` lines, of which a call needs a few.

    Lines are found before anything is decoded, and a value is decoded only when it is read.
    """

    __slots__ = ("_ours", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._ours: dict[bytes, bytes] | None = None
        # A usual block is not copied: its first line, Event-Name, is never read.
        self._raw = raw if raw.startswith(_GREETING) and raw.endswith(b"\n") else b"\n%b\n" % raw

    def find(self, name: str) -> str | None:
        raw = self.find_raw(name)
        return None if raw is None else _decode(raw)

    def find_raw(self, name: str) -> bytes | None:
        """The value as received, still encoded; of a repeated name the first is used."""
        raw, key = self._raw, _line_start(name)
        at = raw.find(key)
        if at < 0:
            return None
        at += len(key)
        return raw[at : raw.index(b"\n", at)]

    def is_down(self) -> bool:
        """Whether the caller has hung up."""
        # Most are alive, which Answer-State says, too (switch_channel.c); other switches may have one of the two.
        return self.find_raw("Answer-State") not in _ALIVE and self.find_raw("Channel-State") in _DOWN

    @property
    def ours(self) -> dict[bytes, bytes]:
        """The variables that our dialplan sets, `digitree_...`, as received. They are found in one search: one for
        each would read all lines again for a name that is not there."""
        if self._ours is None:
            self._ours = self._find_ours()
        return self._ours

    def _find_ours(self) -> dict[bytes, bytes]:
        raw, at = self._raw, 0
        found: dict[bytes, bytes] = {}
        while (at := raw.find(_OURS, at)) >= 0:
            end = raw.index(b"\n", at + 1)
            name, _, value = raw[at + 1 + len(_VARIABLE) : end].partition(b": ")
            found.setdefault(name, value)
            at = end
        return found

    def get(self, name: str, default: str | None = None) -> str | None:
        """For greenswitch's own properties (`uuid`, `call_uuid`, `caller_id_number`)."""
        value = self.find(name)
        return default if value is None else value


class OtherChannelData(ChannelData):
    """Channel data in a form other than FreeSWITCH 1.10's."""

    __slots__ = ("_headers",)

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        self._ours = None
        self._headers = headers

    def find_raw(self, name: str) -> bytes | None:
        return self._headers.get(name.lower().encode("ascii"))

    def _find_ours(self) -> dict[bytes, bytes]:
        headers = self._headers.items()
        return {name.removeprefix(_VARIABLE): value for name, value in headers if name.startswith(_OURS[1:])}


class Session(OutboundSession):
    """One connection from FreeSWITCH. The server watches `deadline` (monotonic) and expires the session after it."""

    # Whether the peer's first message was not FreeSWITCH's usual one.
    _is_other = False

    def __init__(
        self, client_address: object, sock: Wire | gsocket.socket, proofs: ProofCheck, *, is_local: bool = False
    ) -> None:
        # The base class's __init__ is not called: it starts two greenlets that would read the replies.
        self.sock = sock
        self.client_address = client_address
        self._proofs = proofs
        # On this machine, of a user whose FreeSWITCH may connect.
        self.is_local = is_local
        self.connected = True
        self.session_data: ChannelData | None = None
        self.hung_up = False
        self.deadline = time.monotonic() + CONNECT_TIMEOUT_S
        self._expired = False
        self._buffer = b""
        # Where the shortest reply is known, the first wait is for that many bytes per command: replies come one by
        # one, and each wake-up costs more than reading. A shorter reply would stall the read.
        self.least_reply_bytes = 0
        self._least = 1
        # DTMF-Source of the last digit, where events of digits were asked for.
        self.digit_source: bytes | None = None
        # Whether the switch has replied to a command but `connect`, since this was last set to False.
        self.has_replied = False

    def connect(self) -> ChannelData:
        """Send `connect` and read the channel data; raises EslError, EslNotProven when they are not of our switch."""
        data = self.read_channel()
        if not self._proofs.holds(data.find_raw("Unique-ID") or b"", data.ours.get(_PROOF, b"")):
            raise EslNotProven("secret", "its channel has no proof made with DIGITREE_ESL_SECRET")
        # A caller who is already gone causes no disconnect notice any more.
        self.hung_up = self.hung_up or data.is_down()
        self.session_data = data
        return data

    def read_channel(self) -> ChannelData:
        """The channel data as they are now: FreeSWITCH replies to every `connect`, also while the socket lingers
        (measured on 1.10.12). Raises EslError."""
        self.deadline = time.monotonic() + CONNECT_TIMEOUT_S
        self._send(commands.CONNECT)
        try:
            self._receive()
            if self._buffer == PROBE:
                raise EslProbed("looked whether we answer")
            while (data := self._take_channel_data()) is None:
                self._receive()
        except EslConnectionLost:
            raise (EslTimeout("connect") if self._expired else EslConnectionLost("closed before connect")) from None
        # The peer's time for the reply is over; the call server's own begins.
        self.deadline = time.monotonic() + CONNECT_TIMEOUT_S
        return data

    def request(
        self,
        command: bytes,
        replies: int,
        timeout_s: float,
        waiting_for: str,
        sent: Callable[[], None] | None = None,
        wanted: int = 1,
    ) -> list[str]:
        """Write `command` (one or several), call `sent`, and return the last `wanted` of its `replies` Reply-Texts.

        Raises EslTimeout, EslConnectionLost or EslProtocolError; after any of them the session is dead.
        """
        self.deadline = time.monotonic() + timeout_s
        try:
            self._send(command)
            if sent is not None:
                sent()
            if (least := replies * self.least_reply_bytes - len(self._buffer)) > 0:
                self._receive(least)
            plain, texts_alone, usual_replies = _usual_replies(replies - wanted, wanted)
            while (buffer := self._buffer).count(b"\n\n") < replies and buffer.find(b"\r") < 0:
                self._receive()
            if buffer.startswith(plain):
                usual = texts_alone.fullmatch(buffer, len(plain))
            else:
                usual = usual_replies.fullmatch(buffer)
            if usual is not None:
                self._buffer = b""
                self.has_replied = True
                if wanted == 1:
                    return [usual[1].decode("utf-8", "replace")]
                return [text.decode(errors="replace") for text in usual.groups()]
            texts: list[str] = []
            while len(texts) < replies:
                reply = self._take_reply()
                if reply is None:
                    self._receive()
                else:
                    texts.append(reply)
                    self.has_replied = True
            return texts[-wanted:]
        except EslConnectionLost:
            if self._expired:
                raise EslTimeout(waiting_for) from None
            if not self.hung_up:
                self._read_remaining()
            raise

    def await_digit_source(self, wait_s: float) -> None:
        """Read until `digit_source` is known, for `wait_s` at most. Raises EslConnectionLost, EslProtocolError."""
        self.deadline = time.monotonic() + wait_s + CONNECT_TIMEOUT_S
        with gevent.Timeout(wait_s, False):
            while self.digit_source is None:
                if self._take_reply() is None:
                    self._receive()

    def _read_remaining(self) -> None:
        """Look for a disconnect notice in the bytes before the end: then the caller hung up and no call was lost."""
        try:
            while True:
                while self._take_reply() is not None:
                    pass
                self._receive()
        except EslError:
            return

    def send(self, data: str) -> str:
        """Send one command of greenswitch's own verbs (`linger`, `park`, ...) and return its Reply-Text."""
        return self.request(data.encode("ascii") + b"\n\n", 1, CONNECT_TIMEOUT_S, data[:40])[0]

    def call_command(
        self, app_name: str, app_args: str | None = None, block: bool = False, response_timeout: float | None = None
    ) -> str:
        """Refused: applications are executed only with arguments that `commands` has checked."""
        raise EslError(f"{app_name}: applications are built in esl_server.switch.commands")

    def expire(self) -> None:
        """Wake the waiting greenlet with an EslTimeout; called by the server when the deadline has passed."""
        self._expired = True
        try:
            self.sock.shutdown(gsocket.SHUT_RDWR)
        except OSError:
            self.sock.close()

    def stop(self) -> None:
        """Close the socket; FreeSWITCH then frees a channel that has hung up, or continues with the dialplan."""
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
        """Wait for `least` bytes or the end of the stream, and read what has arrived."""
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
        """The next reply in the buffer; notices before it are processed. None: read more."""
        while self._buffer:
            match = _REPLY.match(self._buffer)
            if match:
                self._buffer = self._buffer[match.end() :]
                return match[1].decode(errors="replace")
            message = framing.find_message(self._buffer)
            if message is None:
                return None
            block, body, after = message
            self._buffer = self._buffer[after:]
            headers = framing.split_headers(block)
            kind = self._process(headers)
            if kind == b"command/reply":
                return headers.get(b"reply-text", b"").decode(errors="replace")
            if kind == b"api/response":
                return body.removesuffix(b"\n").decode(errors="replace")
            if kind == b"text/event-plain" and (source := _DIGIT_SOURCE.search(body)):
                self.digit_source = source[1]
        return None

    def _process(self, headers: dict[bytes, bytes]) -> bytes:
        """The message's Content-Type; a notice changes the state of the connection."""
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
        # Content-Type is near the end of the reply, so it is searched for from there, and the blank line after it: a
        # search through all lines would take longer than everything else here. The reply to another command, behind
        # the channel data, begins with Content-Type.
        kind_at = self._buffer.rfind(_KIND_LINE)
        if self._buffer[kind_at - 1 : kind_at] == b"\n":
            kind_at = self._buffer.find(_KIND_LINE)
        end = self._buffer.find(b"\n\n", max(0, kind_at))
        if end < 0:
            return None
        data = ChannelData(self._buffer[: end + 1])
        has_body = self._buffer.find(b"\nContent-Length: ", kind_at, end) >= 0
        if kind_at < 0 or has_body or self._buffer.find(_DIALLED) < 0:
            return self._take_other_channel_data()
        self._buffer = self._buffer[end + 2 :]
        return data

    def _take_other_channel_data(self) -> ChannelData | None:
        """The channel data from a message, from its body, or from the message after a bare +OK."""
        while (message := framing.find_message(self._buffer)) is not None:
            block, body, after = message
            self._buffer, self._is_other = self._buffer[after:], True
            for part in (block, body):
                headers = framing.split_channel_data(part)
                if framing.is_channel_data(headers):
                    return OtherChannelData(headers)
            headers = framing.split_headers(block)
            text = _decode(headers.get(b"reply-text", b""))
            if self._process(headers) == b"command/reply" and not text.startswith("+OK"):
                raise EslProtocolError("the reply to connect has no channel data")
        return None
