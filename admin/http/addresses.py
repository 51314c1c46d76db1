"""IP addresses of clients and networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from ivr.settings import Network


def household(address: str) -> str:
    """The address that a client's doings are counted for: of IPv6 its /64, all of which one client may use."""
    if ":" not in address:
        return address
    try:
        ip = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ip.ipv4_mapped or ipaddress.IPv6Network((int(ip) >> 64 << 64, 64)))


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Whether this is an address in one of them; what is no address is in none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in networks)
