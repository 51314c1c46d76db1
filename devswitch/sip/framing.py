"""SIP messages from a byte stream, each ended by its Content-Length (RFC 3261 18.3). Pure."""

from __future__ import annotations

import re

from devswitch.sip.intake import MAX_MESSAGE_BYTES

_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_MAX_HEAD_BYTES = 8 * 1024
_END = b"\r\n\r\n"


class BadFraming(ValueError):
    """The next messages of this stream can no longer be separated."""


class Framer:
    """A framer, fed with pieces of any size. `is_midway`: a message has begun and not ended."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._looked_at = 0  # no end of a header before here

    @property
    def is_midway(self) -> bool:
        return bool(self._buffer.strip())

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are now complete, without blank lines between them; after BadFraming nothing follows."""
        self._buffer += data
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> bytes | None:
        blank = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        if blank:
            del self._buffer[:blank]
            self._looked_at = 0
        end = self._buffer.find(_END, self._looked_at)
        if end < 0:
            self._looked_at = max(0, len(self._buffer) - len(_END) + 1)
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise BadFraming("its header does not end")
            return None
        if end > _MAX_HEAD_BYTES:
            raise BadFraming("its header is too large")
        total = end + len(_END) + self._body_length(end)
        if len(self._buffer) < total:
            self._looked_at = end
            return None
        message = bytes(self._buffer[:total])
        del self._buffer[:total]
        self._looked_at = 0
        return message

    def _body_length(self, head_bytes: int) -> int:
        lengths = set(_LENGTH.findall(bytes(self._buffer[:head_bytes])))
        if len(lengths) != 1:
            # With two lengths a proxy in front of us could split the stream into other messages than we do.
            raise BadFraming("it has no Content-Length, or more than one")
        text = lengths.pop().strip()
        if not text.isdigit() or len(text) > 6 or int(text) > MAX_MESSAGE_BYTES - head_bytes:
            raise BadFraming(f"Content-Length {text[:20]!r}")
        return int(text)
