"""What the switch tells of a channel in reply to `connect`."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote_to_bytes

GREETING = b"Event-Name: CHANNEL_DATA\n"
_VARIABLE = b"variable_"
_OURS = b"\n%bdigitree_" % _VARIABLE
_ALIVE = (b"ringing", b"early", b"answered")
_DOWN = (b"CS_HANGUP", b"CS_REPORTING")


def decode_data(raw: bytes) -> str:
    """Channel data is percent-encoded bytes that need not be UTF-8 (a Latin-1 display name)."""
    # `find`, since `in` tries first whether the bytes are a number, which takes five times as long.
    if raw.find(b"%") < 0:
        return raw.decode(errors="replace")
    if raw.startswith(b"%2B") and raw.find(b"%", 3) < 0:  # a number in E.164: the usual case
        return "+" + raw[3:].decode(errors="replace")
    return unquote_to_bytes(raw).decode(errors="replace")


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
        self._raw = raw if raw.startswith(GREETING) and raw.endswith(b"\n") else b"\n%b\n" % raw

    def find(self, name: str) -> str | None:
        raw = self.find_raw(name)
        return None if raw is None else decode_data(raw)

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
