"""Event socket messages framed otherwise than FreeSWITCH 1.10 frames them: header names in another case, lines that
end with CR LF, channel data in another order or in a body. `session` uses this module only when its fast path does
not match, so it costs an ordinary call nothing.
"""

from __future__ import annotations

import re

from ivr.domain.errors import EslProtocolError

MAX_BODY_BYTES = 64 * 1024
_LINE_END = re.compile(rb"\r?\n")
# Other names of the headers that a call needs; the first one present is used.
_ALIASES = {
    b"caller-destination-number": (
        b"channel-destination-number", b"destination_number", b"destination-number", b"variable_destination_number",
        b"variable_sip_req_user", b"variable_sip_to_user",
    ),
    b"caller-caller-id-number": (
        b"channel-caller-id-number", b"caller_id_number", b"caller-id-number", b"variable_caller_id_number",
        b"variable_sip_from_user",
    ),
    b"unique-id": (b"channel-unique-id", b"channel-call-uuid", b"uuid", b"variable_uuid"),
}  # fmt: skip


def split_headers(block: bytes) -> dict[bytes, bytes]:
    """Lower-case name -> value as received; of a repeated name the first is used."""
    headers: dict[bytes, bytes] = {}
    for line in _LINE_END.split(block):
        name, colon, value = line.partition(b":")
        if colon:
            headers.setdefault(name.strip().lower(), value.removeprefix(b" "))
    return headers


def split_channel_data(block: bytes) -> dict[bytes, bytes]:
    """`split_headers`, with the headers that a call needs under FreeSWITCH's own names."""
    headers = split_headers(block)
    for name, others in _ALIASES.items():
        if name not in headers:
            found = next((headers[other] for other in others if other in headers), None)
            if found is not None:
                headers[name] = found
    return headers


def is_channel_data(headers: dict[bytes, bytes]) -> bool:
    return b"caller-destination-number" in headers


def find_message(buffer: bytes) -> tuple[bytes, bytes, int] | None:
    """Header block, body, and where the next message begins; None: read more. Raises EslProtocolError."""
    start = len(buffer) - len(buffer.lstrip(b"\r\n"))
    # No regular expression: a megabyte without a blank line from an unidentified peer must cost next to nothing.
    ends = [(at, at + len(end)) for end in (b"\n\n", b"\n\r\n") if (at := buffer.find(end, start)) >= 0]
    if not ends:
        return None
    end, body_at = min(ends)
    block = buffer[start:end].removesuffix(b"\r")
    after = body_at + _content_length(block)
    if len(buffer) < after:
        return None
    return block, buffer[body_at:after], after


def _content_length(block: bytes) -> int:
    value = split_headers(block).get(b"content-length")
    if value is None:
        return 0
    value = value.strip()
    if not value.isdigit() or len(value) > 9 or int(value) > MAX_BODY_BYTES:
        raise EslProtocolError("an impossible Content-Length")
    return int(value)
