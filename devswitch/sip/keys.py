"""Keys from RFC 4733 events and SIP INFO bodies. Pure; `tones` detects those that come as sound."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from aiortp.dtmf import DTMF_EVENTS, EVENT_TO_DIGIT, DtmfEvent

from devswitch.media import FRAME_SAMPLES

# One key's packets: 16-bit duration, so 8 s at most before a sender must begin a new segment.
_REMEMBERED_EVENTS = 16
_KEY = r"([*#A-D]|1[0-5]|[0-9])"
_INFO_RELAY = re.compile(rf"^\s*Signal\s*=\s*{_KEY}\s*$", re.MULTILINE | re.IGNORECASE)
_INFO_PLAIN = re.compile(rf"\s*{_KEY}\s*", re.IGNORECASE)
# Of keys that we send, in frames of 20 ms.
_KEY_FRAMES, _PAUSE_FRAMES = 10, 5
_WAITS = {"w": 25, "W": 50}
_VOLUME = 10
# A hook flash; FreeSWITCH calls it F.
_FLASH, _FLASH_KEY = 16, "F"


def events_of(keys: str) -> Iterator[DtmfEvent | None]:
    """What is sent for these keys, one each 20 ms; None: nothing. The end of a key is told three times (RFC 4733)."""
    for key in keys:
        if key in _WAITS:
            yield from [None] * _WAITS[key]
            continue
        code = DTMF_EVENTS[key]
        for frame in range(1, _KEY_FRAMES + 1):
            yield DtmfEvent(code, False, _VOLUME, frame * FRAME_SAMPLES)
        yield from [DtmfEvent(code, True, _VOLUME, _KEY_FRAMES * FRAME_SAMPLES)] * 3
        yield from [None] * _PAUSE_FRAMES


class EventKeys:
    """Keys from events, each key once, at the first packet with the end bit, as FreeSWITCH counts them.

    An event is identified by its source and timestamp, which all its packets share, even if retransmitted, out of
    order or late. (SIPp begins each key with the same timestamp, but a new source.)
    """

    def __init__(self) -> None:
        self._taken: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED_EVENTS)

    def feed(self, payload: bytes, source: int, timestamp: int) -> str:
        """The key whose event ends with this packet, or nothing."""
        if len(payload) < 4:
            return ""
        event = DtmfEvent.parse(payload)
        if not event.end or (source, timestamp) in self._taken:
            return ""
        self._taken.append((source, timestamp))
        return _FLASH_KEY if event.event == _FLASH else EVENT_TO_DIGIT.get(event.event, "")


def key_from_info(content_type: str, body: str) -> str:
    """`application/dtmf-relay` with Signal=, or `application/dtmf` with the key alone; nothing if it is neither.

    Keys by their names or by the numbers of their events, 10 for `*`, 11 for `#`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    match = None
    if kind == "application/dtmf-relay":
        match = _INFO_RELAY.search(body)
    elif kind == "application/dtmf":
        match = _INFO_PLAIN.fullmatch(body)
    if not match:
        return ""
    return EVENT_TO_DIGIT[int(match[1])] if len(match[1]) == 2 else match[1].upper()
