"""What a caller over SIP says, while the switch records it. Filled in SIP's thread, emptied in the switch's."""

from __future__ import annotations

from collections import deque

from aiortp.codecs import get_codec

from devswitch.sip.leg_in import LegIn

# Ten seconds, should nobody take them.
_MOST_PACKETS = 500


class LegHearing:
    """A Hearing (devswitch.channel) of this leg."""

    def __init__(self, leg: LegIn) -> None:
        self._leg = leg
        self._heard: deque[bytes] = deque(maxlen=_MOST_PACKETS)
        leg.rtp.on_heard = self._hear

    def take(self) -> bytes:
        pieces = []
        while self._heard:
            pieces.append(self._heard.popleft())
        return b"".join(pieces)

    def stop(self) -> None:
        self._leg.rtp.on_heard = None

    def _hear(self, sound: bytes, payload: int) -> None:
        self._heard.append(bytes(get_codec(payload).decode(sound)))
