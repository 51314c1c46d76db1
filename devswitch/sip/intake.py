"""Limits on packets from the network, applied before they are parsed. Pure but for the clock passed in.

Packets beyond the limits, or that are not SIP, are dropped; this is logged now and then, not for each packet.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable

from aiosipua.headers import Address
from aiosipua.message import SipRequest

# Larger messages would be fragmented on the way (UDP), or are no SIP calls.
MAX_MESSAGE_BYTES = 16 * 1024
_REMEMBERED_SOURCES = 1024
_MAX_CALL_ID = 768
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_ADDRESS = re.compile(r'[{}"]|(?<=\S)\s+(?=\S)')


class Bucket:
    """A token bucket: `rate` per second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: float, now_s: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at_s = burst, now_s

    def take(self, now_s: float) -> bool:
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Sources:
    """A bucket for each sender's host."""

    def __init__(self, rate: float, burst: float, now_s: Callable[[], float]) -> None:
        self._rate, self._burst, self._now_s = rate, burst, now_s
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def allows(self, host: str) -> bool:
        now_s = self._now_s()
        bucket = self._buckets.get(host)
        if bucket is None:
            bucket = self._buckets[host] = Bucket(self._rate, self._burst, now_s)
            if len(self._buckets) > _REMEMBERED_SOURCES:
                self._buckets.popitem(last=False)
        return bucket.take(now_s)


class Seldom(logging.Filter):
    """A log filter that passes each kind of line once in `every_s`, with the number of those left out.

    For the loggers of libraries, which write a line (and a traceback) for each bad packet.
    """

    def __init__(self, every_s: float, now_s: Callable[[], float]) -> None:
        super().__init__()
        self._every_s, self._now_s = every_s, now_s
        self._said: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        said_s, left_out = self._said.get(str(record.msg), (float("-inf"), 0))
        now_s = self._now_s()
        if now_s - said_s < self._every_s:
            self._said[str(record.msg)] = (said_s, left_out + 1)
            return False
        self._said[str(record.msg)] = (now_s, 0)
        if record.levelno < logging.ERROR:
            record.exc_info = None
        if left_out:
            record.msg = f"{record.msg} ({left_out} more like it)"
        return True


def _is_address(address: Address, text: str) -> bool:
    """Whether FreeSWITCH and its dialplan take it for one: with a host, and nothing in it that needs quotes."""
    name = _QUOTED.sub("", text).partition("<")[0] if "<" in text else ""
    return bool(address.uri.host) and not any(
        _NO_ADDRESS.search(part) for part in (name.replace(" ", ""), address.uri.user or "", address.uri.host)
    )


def find_fault(request: SipRequest) -> str:
    """The fault of a request that has all its headers; empty if there is none."""
    try:
        cseq, vias = request.cseq, request.via
        if cseq is None or cseq.method.upper() != request.method.upper() or not 0 <= cseq.seq < 2**31:
            return "CSeq"
        if not vias or not vias[0].branch or len(vias) > 16:
            return "Via"
        if request.from_addr is None or request.to_addr is None or not request.from_addr.tag:
            return "From or To"
        if not _is_address(request.from_addr, request.get_header("from") or ""):
            return "From"
        if len(request.call_id or "") > _MAX_CALL_ID:
            return "Call-ID"
        length = request.get_header("content-length")
        if length is not None and not (length.isascii() and length.isdigit() and int(length) == len(request.body)):
            return "Content-Length"
        if request.method.upper() == "INVITE" and not request.contact:
            return "Contact"
    except (ValueError, IndexError, TypeError, AttributeError):
        return "a header"
    return ""
