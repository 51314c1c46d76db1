"""The event socket's bytes, without a socket.

Theory of operation: `CommandParser` is fed the received bytes, in pieces of any size, and yields `Command`s;
the functions below it write replies. The framing is FreeSWITCH 1.10.12's (`read_packet` and `parse_command` in
mod_event_socket.c): line ends before a command are skipped, a command ends at two line feeds (carriage returns
are ignored), a Content-Length header is followed by that many bytes of body, and FreeSWITCH ignores a header that it
does not know (the session here reports it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# FreeSWITCH gives up on a command at 10 MiB; the call server's are far below 64 KiB, so a larger one is a fault.
MAX_COMMAND_BYTES = 64 * 1024
# FreeSWITCH formats a reply into 512 bytes and cuts the rest.
MAX_REPLY_CHARS = 511

_UNSAFE = re.compile(rb'%(?![0-9A-F]{2})|[^!$\x27()*,\-./0-9A-Z_a-z~%]')
# Two line feeds; carriage returns between them are ignored.
_END_OF_COMMAND = re.compile(rb"\n\r*\n")
_GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"


@dataclass(frozen=True)
class Command:
    """One command: its first line, then its headers as sent (names in lower case; the first of a name counts)."""

    line: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    stray_lines: tuple[str, ...] = ()  # lines that are no header: FreeSWITCH drops them silently

    @property
    def verb(self) -> str:
        return self.line.split(" ", 1)[0]

    @property
    def argument(self) -> str:
        return self.line.partition(" ")[2]


class CommandTooLarge(ValueError):
    """Bytes without an end of command, more than any command of the call server has."""


class CommandParser:
    """A parser of commands from a byte stream in pieces of any size."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._head: Command | None = None
        self._body_wanted = 0

    @property
    def pending(self) -> bool:
        """Whether part of a command has been received."""
        return bool(self._buffer) or self._head is not None

    def feed(self, data: bytes) -> list[Command]:
        """Every command that `data` completes, in order. CommandTooLarge when one does not end."""
        self._buffer += data
        commands = []
        while (command := self._next()) is not None:
            commands.append(command)
        return commands

    def _next(self) -> Command | None:
        if self._head is None:
            head = self._next_head()
            if head is None:
                return None
            self._head = head
            self._body_wanted = _content_length(head)
        if len(self._buffer) < self._body_wanted:
            return None
        body = bytes(self._buffer[: self._body_wanted])
        del self._buffer[: self._body_wanted]
        head, self._head = self._head, None
        if not body:
            return head
        return Command(head.line, head.headers, _text(body), head.stray_lines)

    def _next_head(self) -> Command | None:
        buffer = self._buffer
        if not self._scanned:
            # Line ends before a command are skipped.
            del buffer[: len(buffer) - len(buffer.lstrip(b"\r\n"))]
        end = _END_OF_COMMAND.search(buffer, self._scanned)
        if end is not None:
            text = _text(bytes(buffer[: end.end()]))
            del buffer[: end.end()]
            self._scanned = 0
            return _parse_head(text)
        if len(buffer) > MAX_COMMAND_BYTES:
            raise CommandTooLarge(f"{len(buffer)} bytes without an end of command")
        self._scanned = len(buffer.rstrip(b"\r\n"))
        return None


def _text(data: bytes) -> str:
    # Bytes that are not UTF-8 survive the conversion to str and back.
    return data.decode("utf-8", "surrogateescape")


def _content_length(head: Command) -> int:
    value = head.headers.get("content-length", "")
    length = int(value) if value.isascii() and value.isdigit() else 0
    if length > MAX_COMMAND_BYTES:
        raise CommandTooLarge(f"a body of {length} bytes")
    return length


def _parse_head(text: str) -> Command:
    lines = [line for line in text.replace("\r", "\n").split("\n") if line]
    headers: dict[str, str] = {}
    stray = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            stray.append(line)
            continue
        headers.setdefault(name.lower(), value.lstrip(" "))
    return Command(lines[0], headers, stray_lines=tuple(stray))


def url_encode(value: str) -> str:
    """Percent-encode a header value of channel data as FreeSWITCH does.

    Comma, slash and round brackets stay. So does text that looks encoded already (`%0A` in capitals): a caller can
    thus make us decode a line feed that the value never held.
    """
    data = value.encode("utf-8", "surrogateescape")
    return _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], data).decode("ascii")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def command_reply(reply_text: str) -> bytes:
    """The answer to a command: raw text, nothing encoded, cut at 511 characters as FreeSWITCH cuts it."""
    if not reply_text:
        reply_text = "-ERR command not found"
    cut = _bytes(reply_text)[:MAX_REPLY_CHARS]
    return b"Content-Type: command/reply\nReply-Text: " + cut + b"\n\n"


def api_response(answer: str) -> bytes:
    """The answer to `api`: the command's own output as a body."""
    body = _bytes(answer)
    return b"Content-Type: api/response\nContent-Length: %d\n\n%b" % (len(body), body)


def connect_reply(channel_data: Iterable[tuple[str, str]]) -> bytes:
    """The answer to `connect`: channel data, values percent-encoded (an empty one is `_undef_`), no length."""
    lines = [f"{name}: {url_encode(value) or '_undef_'}\n" for name, value in channel_data]
    return _bytes("".join(lines) + "\n")


def digit_event(channel_uuid: str, digit: str, source: str) -> bytes:
    """The event of a digit, without the channel data that FreeSWITCH adds."""
    body = _bytes(
        f"Event-Name: DTMF\nUnique-ID: {channel_uuid}\nDTMF-Digit: {digit}\nDTMF-Duration: 1600\n"
        f"DTMF-Source: {source}\n\n"
    )
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(body), body)


def linger_notice(channel_uuid: str, channel_name: str, linger_s: int) -> bytes:
    """The notice sent at hang-up to a socket that asked to linger; -1 s means without end."""
    return _bytes(
        "Content-Type: text/disconnect-notice\n"
        f"Controlled-Session-UUID: {channel_uuid}\n"
        "Content-Disposition: linger\n"
        f"Channel-Name: {channel_name}\n"
        f"Linger-Time: {linger_s}\n"
        "Content-Length: 0\n\n"
    )


def disconnect_notice(channel_uuid: str) -> bytes:
    """The last bytes before FreeSWITCH closes."""
    return _bytes(
        "Content-Type: text/disconnect-notice\n"
        f"Controlled-Session-UUID: {channel_uuid}\n"
        "Content-Disposition: disconnect\n"
        f"Content-Length: {len(_GOODBYE)}\n\n"
        f"{_GOODBYE}"
    )
