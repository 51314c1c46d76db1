"""Reads a recording, and makes two runs comparable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "recordings"
_MARK = re.compile(rb"^(>>>>|<<<<|EOF!|DIED) (\d+\.\d+)\n", re.M)


@dataclass(frozen=True)
class Block:
    kind: str  # ">>>>" server to switch, "<<<<" switch to server, "EOF!", "DIED"
    at_ms: float
    data: bytes


def read_recording(name: str) -> list[Block]:
    raw = (FOLDER / f"{name}.esl").read_bytes()
    marks = list(_MARK.finditer(raw))
    blocks = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        data = raw[mark.end() : following.start() if following else len(raw)]
        # The writer of the recordings ends a block with a line feed when its bytes do not (none do not here).
        blocks.append(Block(mark[1].decode(), float(mark[2]) * 1000, data))
    return blocks


# What two runs of the same call may differ in, header by header of the `connect` reply: identities, times, ports of
# sockets, the machine's own names, sequence and session numbers. Everything else is compared as it stands.
_FREE_VALUE = re.compile(
    rb"^(Core-UUID|FreeSWITCH-Hostname|FreeSWITCH-Switchname|FreeSWITCH-IPv4|FreeSWITCH-IPv6|Event-Date-[A-Za-z]+"
    rb"|Event-Sequence|(?:Channel|Caller)-Profile-Created-Time|(?:Channel|Caller)-Channel-(?:Created|Hangup)-Time"
    rb"|variable_(?:session_id|sip_call_id|sip_invite_stamp|sip_from_tag|sip_to_tag|sip_cseq|rtp_use_ssrc"
    rb"|remote_media_port|local_media_port)): .*$",
    re.M,
)
_FREE_PARTS = (
    (re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), b"UUID"),
    (re.compile(rb"(?<=branch%3Dz9hG4bK)\w+"), b"BRANCH"),
    (re.compile(rb"(?<=%3Btag%3D)\w+"), b"TAG"),
    # Answered: at what time is free, whether it was is not.
    (re.compile(rb"(?<=-Channel-Answered-Time: )[1-9]\d+"), b"TIME"),
    # Session description: version numbers and the port.
    (re.compile(rb"(?<=o%3DFreeSWITCH%20)\d+%20\d+"), b"VERSIONS"),
    (re.compile(rb"(?<=m%3Daudio%20)\d+"), b"PORT"),
    # The address of our own server.
    (re.compile(rb"(?<=current_application_data: )127\.0\.0\.1%3A\d+(?:%7C127\.0\.0\.1%3A\d+)*"), b"TARGETS"),
)


def normalise(data: bytes) -> bytes:
    """The bytes without what two runs of the same call may differ in."""
    data = _FREE_VALUE.sub(rb"\1: *", data)
    for pattern, name in _FREE_PARTS:
        data = pattern.sub(name, data)
    return data
