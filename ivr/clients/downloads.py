"""A file fetched from an address that somebody wrote into a document: bounded, and never from a private network.

Redirects are followed, since stores of files answer with them; each is checked as the first address is.
"""

from __future__ import annotations

import http
import http.client
import threading
import time
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote, urljoin

from ivr.clients.outbound_http import (
    HttpConnection,
    Outbound,
    OutboundError,
    Resolve,
    addresses_of,
    as_outbound,
    parts_of,
    path_of,
)

MAX_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16
_HEADERS = {"Connection": "close", "Accept": "audio/*, */*;q=0.1"}
_REDIRECTS = (301, 302, 303, 307, 308)


class DownloadFailed(Exception):
    """The file was not fetched; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What is known of a file beside its content: its name, perhaps empty, and its media type."""

    name: str
    media_type: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Downloads:
    """`whole_s` bounds a download with all its redirects."""

    outbound: Outbound
    max_bytes: int
    whole_s: float = 60.0

    def fetch(self, url: str, out: IO[bytes], /, resolve: Resolve | None = None) -> Downloaded:
        """The file at this address into `out`. Raises DownloadFailed."""
        ends_at = time.monotonic() + self.whole_s
        try:
            for _ in range(MAX_REDIRECTS + 1):
                found = self._step(url, out, ends_at, resolve or addresses_of)
                if isinstance(found, Downloaded):
                    return found
                url = found
        except OutboundError as error:
            raise DownloadFailed(_WORDS.get(error.reason, str(error))) from error
        raise DownloadFailed(f"it leads from one address to the next more than {MAX_REDIRECTS} times")

    def _step(self, url: str, out: IO[bytes], ends_at: float, resolve: Resolve) -> Downloaded | str:
        """The file, or the address that is to be asked instead."""
        parts, host, port = parts_of(url)
        address = self.outbound.checked_address(host, port, resolve)
        timeout_s = self.outbound.timeout_s
        connection = HttpConnection(host, port, address, timeout_s, tls=parts.scheme == "https")
        cut = threading.Timer(max(0.0, ends_at - time.monotonic()), connection.cut)
        try:
            cut.start()
            with as_outbound(host, timeout_s):
                connection.request("GET", path_of(parts), headers=_HEADERS)
                answer = connection.getresponse()
                where = answer.getheader("Location")
                if answer.status in _REDIRECTS and where:
                    return urljoin(url, where)
                if answer.status != http.HTTPStatus.OK:
                    raise DownloadFailed(f"its address answers {answer.status} {_phrase(answer.status)}".rstrip())
                self._copy(answer, out, ends_at)
            return _described(url, answer.msg)
        finally:
            cut.cancel()
            connection.close()

    def _copy(self, answer: http.client.HTTPResponse, out: IO[bytes], ends_at: float) -> None:
        announced, size = answer.length, 0
        if announced is not None and announced > self.max_bytes:
            raise DownloadFailed(self._too_large())
        while chunk := answer.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > self.max_bytes:
                raise DownloadFailed(self._too_large())
            if time.monotonic() > ends_at:
                raise DownloadFailed(self._too_slow())
            out.write(chunk)
        if time.monotonic() > ends_at:
            raise DownloadFailed(self._too_slow())
        if announced is not None and size < announced:
            raise DownloadFailed(f"it broke off after {size:,} of {announced:,} bytes")

    def _too_large(self) -> str:
        return f"it has more than {self.max_bytes:,} bytes, which is the most that is taken"

    def _too_slow(self) -> str:
        return f"it was not here after {self.whole_s:.0f} seconds"


_WORDS = {
    "bad_url": "this is no address that may be asked",
    "no_address": "its host is not known",
    "private_address": "its address leads into a private network; upload it, or set DIGITREE_OUTBOUND_PRIVATE",
    "timeout": "its host does not answer",
}


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _described(url: str, headers: Message) -> Downloaded:
    named = headers.get_filename() or unquote(parts_of(url)[0].path)
    parameters = {name: value for name, value in headers.get_params(failobj=[], unquote=True)[1:] if value}
    return Downloaded(PurePosixPath(named.replace("\\", "/")).name[:200], headers.get_content_type(), parameters)
