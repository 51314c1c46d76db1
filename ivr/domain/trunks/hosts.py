"""Hosts of a trunk: a name or an IP address, with or without a port."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

from ivr.domain.net_ports import PORT
from ivr.domain.number_text import shown

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?P<host>\[[0-9A-Fa-f:.]{{2,45}}\]|(?:{_LABEL}\.)*{_LABEL}\.?)(?::(?P<port>{PORT}))?", re.ASCII)
_LONGEST_NAME = 253
_BROADCAST = "255.255.255.255"
_FOUR_NUMBERS = re.compile(r"[0-9.]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Host:
    """`name`: a name or an IP address, IPv6 without brackets; without `port` the transport's own (5060, TLS 5061) or
    what SRV says."""

    name: str
    port: int | None = None

    @property
    def is_address(self) -> bool:
        """Whether nothing has to be looked up."""
        return ":" in self.name or _FOUR_NUMBERS.fullmatch(self.name) is not None

    def __str__(self) -> str:
        """As `parse_host` reads it: `sip.example.com:5070`, `[2001:db8::1]`."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port is None else f"{name}:{self.port}"


def parse_host(text: str) -> Host:
    """Raises ValueError for what is no host; its text tells people what to write."""
    found = _HOST.fullmatch(text)
    name = _read_name(found["host"]) if found is not None else None
    if found is None or name is None:
        raise ValueError(
            f"{shown(text) or 'nothing'} is not a host: write a name or an IP address, with a port if it is not the "
            "usual one, such as sip.example.com, 192.0.2.10:5080 or [2001:db8::1]"
        )
    return Host(name, int(found["port"]) if found["port"] else None)


def parse_callable_host(text: str) -> Host:
    """The same, without the addresses that no host has. Raises ValueError."""
    host = parse_host(text)
    if host.is_address:
        address = ip_address(host.name)
        if address.is_unspecified or address.is_multicast or host.name == _BROADCAST:
            raise ValueError(f"{host.name} is no host's address: write your carrier's or your telephone system's")
    return host


def _read_name(host: str) -> str | None:
    """The one form of a name or an address; None for what only looks like one."""
    if host.startswith("[") or _FOUR_NUMBERS.fullmatch(host):
        try:
            return str(ip_address(host.strip("[]")))
        except ValueError:
            return None
    return host.rstrip(".").lower() if len(host) <= _LONGEST_NAME else None
