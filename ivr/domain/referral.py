"""Where an agent may send callers on: the Refer-To of a REFER, compared with the agent's list.

Addresses are compared by RFC 3261, 19.1.4 - scheme and host in either case, the user in its own, percent-encoding
read - with three liberties: the default port may be written out, an address without a transport fits an entry with
one, and parameters that change nothing of where the call goes are passed over. Dialled is always the entry; of the
Refer-To only the user, where the entry leaves it open.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote

from ivr.domain.name_addresses import read_name_address

_URI = re.compile(
    r"(?P<scheme>sips?):(?:(?P<user>[^\s@:;?]{1,192})@)?(?P<host>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])"
    r"(?::0{0,4}(?P<port>[0-9]{1,5}))?(?P<parameters>(?:;[^\s;?]*){0,16})",
    re.ASCII | re.IGNORECASE,
)
_USER = re.compile(r"[A-Za-z0-9_.+*-]{1,64}", re.ASCII)
# They lead the call elsewhere, or are another kind of request (RFC 3261, 19.1.1).
_ELSEWHERE = frozenset({"maddr", "ttl"})
_METHOD = "INVITE"


class _Address(NamedTuple):
    """`port` and `transport` are None and empty where the address leaves them open."""

    scheme: str
    user: str
    host: str
    port: int | None
    transport: str

    @property
    def used_transport(self) -> str:
        if self.scheme == "sips" and self.transport in ("", "tcp"):  # TLS over TCP (RFC 3261, 26.2.2)
            return "tls"
        return self.transport or "udp"

    @property
    def used_port(self) -> int:
        return self.port if self.port is not None else 5061 if self.used_transport == "tls" else 5060


def find_allowed(refer_to: str, allowed: Iterable[str]) -> str | None:
    """The address to dial for a Refer-To, by the first entry that allows it; None: none does. A Refer-To with headers
    is never allowed: a Replaces there is another kind of transfer."""
    address = read_name_address(refer_to)
    named = _parse(address.uri, address.parameters) if address is not None else None
    if named is None:
        return None
    for entry in allowed:
        wanted = _parse(entry)
        if wanted is not None and _fits(named, wanted):
            scheme, _, rest = entry.partition(":")
            where, semicolon, parameters = rest.rpartition("@")[2].partition(";")
            user = f"{named.user}@" if named.user else ""
            return f"{scheme}:{user}{where.lower()}{semicolon}{parameters}"
    return None


def _fits(named: _Address, entry: _Address) -> bool:
    user = ".*".join(map(re.escape, entry.user.split("*")))
    asked = named if named.transport else named._replace(transport=entry.transport)
    return (
        (asked.scheme, asked.host) == (entry.scheme, entry.host)
        and (asked.used_port, asked.used_transport) == (entry.used_port, entry.used_transport)
        and re.fullmatch(user, named.user) is not None
    )


def _parse(text: str, header_parameters: str = "") -> _Address | None:
    """None for what no entry can allow."""
    found = _URI.fullmatch(text)
    if found is None:
        return None
    user = unquote(found["user"] or "")
    if user and not _USER.fullmatch(user):
        return None
    given = dict(_split(each) for each in f"{found['parameters']};{header_parameters}".split(";"))
    if not _ELSEWHERE.isdisjoint(given) or given.get("method", _METHOD).upper() != _METHOD:
        return None
    port, transport = found["port"], given.get("transport", "").lower()
    return _Address(
        found["scheme"].lower(), user, _plain_host(found["host"]), int(port) if port else None, transport
    )


def _split(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    return unquote(name).strip().lower(), unquote(value).strip()


def _plain_host(host: str) -> str:
    """One text for all forms of an address."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return host.lower()
