"""HTTP to an address that an API client named: one bounded request, never into a private network.

The name is resolved once, every address that it has is checked, and the connection goes to a checked one: a name that
resolves to something else a moment later (rebinding) gains nothing. Redirects are not followed and proxies of the
environment are not used. The caller bounds the time as a whole (gevent.Timeout, a thread, or `whole_s`).
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from ivr.domain.urls import URL

MAX_ANSWER_BYTES = 64 * 1024

# (host, port) -> addresses; raises OSError.
Resolve = Callable[[str, int], list[str]]


class OutboundError(Exception):
    """The request was not made or not answered. `reason` is one word for records and metrics: bad_url, no_address,
    private_address, unreachable, timeout, tls, bad_answer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Reply(NamedTuple):
    """`body` holds at most MAX_ANSWER_BYTES; `retry_after` is that header."""

    status: int
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Outbound:
    """`allow_private`: addresses outside the public network are allowed, too (see is_public). `whole_s`: the
    connection is cut after this time; None when the caller bounds it."""

    allow_private: bool = False
    timeout_s: float = 5.0
    whole_s: float | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str], resolve: Resolve | None = None) -> Reply:
        """POST; any status is a Reply. `timeout_s` bounds each wait on the wire. Raises OutboundError."""
        parts, host, port = parts_of(url)
        address = self.checked_address(host, port, resolve or addresses_of)
        connection = HttpConnection(host, port, address, self.timeout_s, tls=parts.scheme == "https")
        cut = None if self.whole_s is None else threading.Timer(self.whole_s, connection.cut)
        try:
            if cut is not None:
                cut.start()
            with as_outbound(host, self.timeout_s):
                connection.request("POST", path_of(parts), body, {"Connection": "close", **headers})
                answer = connection.getresponse()
                return Reply(answer.status, answer.read(MAX_ANSWER_BYTES), answer.getheader("Retry-After"))
        finally:
            if cut is not None:
                cut.cancel()
            connection.close()

    def refuse_private(self, url: str, resolve: Resolve | None = None) -> None:
        """Raises OutboundError for a URL that `post` would refuse. A name that has no address now is taken: each
        request checks it again."""
        _, host, port = parts_of(url)
        try:
            self.checked_address(host, port, resolve or addresses_of)
        except OutboundError as error:
            if error.reason != "no_address":
                raise

    def checked_address(self, host: str, port: int, resolve: Resolve) -> str:
        """An address of this host, all of whose addresses may be connected to. Raises OutboundError."""
        try:
            # A name that cannot be one is found here: gevent would log what the resolver raises in its thread.
            host.encode("idna")
            addresses = resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise OutboundError("no_address", f"{host}: {type(error).__name__}") from error
        if not addresses:
            raise OutboundError("no_address", host)
        # All of them: a name with a public and a private address is a trap or a mistake.
        if not self.allow_private and not all(map(is_public, addresses)):
            raise OutboundError("private_address", f"{host} is inside a private network")
        return addresses[0]


def parts_of(url: str) -> tuple[SplitResult, str, int]:
    """The URL's parts, its host and its port; raises OutboundError."""
    if not URL.fullmatch(url):
        raise OutboundError("bad_url", "not a URL that may be requested")
    try:
        parts = urlsplit(url)
        return parts, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise OutboundError("bad_url", "an impossible host or port") from None


def path_of(parts: SplitResult) -> str:
    """What is asked of the host."""
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@contextlib.contextmanager
def as_outbound(host: str, timeout_s: float) -> Iterator[None]:
    """What goes wrong on the wire, as OutboundError."""
    try:
        yield
    except TimeoutError:
        raise OutboundError("timeout", f"{host} did not answer in {timeout_s:g} s") from None
    except ssl.SSLError as error:
        raise OutboundError("tls", f"{host}: {error.reason or type(error).__name__}") from error
    except http.client.HTTPException as error:
        raise OutboundError("bad_answer", f"{host}: {type(error).__name__}") from error
    except OSError as error:
        raise OutboundError("unreachable", f"{host}: {error.strerror or type(error).__name__}") from error


def addresses_of(host: str, port: int) -> list[str]:
    """The system's resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public network: not loopback, private, link-local (where clouds keep their
    metadata), multicast or reserved, nor one of these inside an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if within is not None:
            return is_public(str(within))
        if ip.is_site_local:  # fec0::/10, given up in 2004 and still routed inside
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HttpConnection(http.client.HTTPConnection):
    """Connects to `address` as `host`: the certificate and the Host header are those of the name."""

    def __init__(self, host: str, port: int, address: str, timeout_s: float, *, tls: bool) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address, self._tls, self._wait_s = address, tls, timeout_s
        # http.client lets go of `sock` once an answer begins after which the server closes, and reads on.
        self._wire: socket.socket | None = None
        if tls:
            self.default_port = 443

    def connect(self) -> None:
        self._wire = self.sock = socket.create_connection((self._address, self.port), self._wait_s)
        if self._tls:
            self._wire = self.sock = tls_context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """Close it from another thread, which wakes the one that waits for it."""
        sock = self._wire
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


@cache
def tls_context() -> ssl.SSLContext:
    """One for the process; it checks certificates."""
    return ssl.create_default_context()
