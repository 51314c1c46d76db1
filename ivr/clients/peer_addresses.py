"""The address of a service or a channel: a checked one, and never one where clouds keep their secrets."""

from __future__ import annotations

import ipaddress

from ivr.clients.outbound_http import Outbound, OutboundError, Resolve


def peer_address(host: str, port: int, resolve: Resolve, *, allow_private: bool) -> str:
    """An address that may be connected to; raises OutboundError."""
    address = Outbound(allow_private=allow_private).checked_address(host, port, resolve)
    if _is_of_the_machine_room(address):
        raise _never_asked(host)
    return address


def refuse_never_asked(host: str, port: int, resolve: Resolve) -> None:
    """Raises OutboundError for an address that nobody is asked at, private ones allowed or not. A name that has no
    address now is taken: each request checks it again."""
    try:
        address = Outbound(allow_private=True).checked_address(host, port, resolve)
    except OutboundError:
        return
    if _is_of_the_machine_room(address):
        raise _never_asked(host)


def _never_asked(host: str) -> OutboundError:
    return OutboundError("private_address", f"{host} is where clouds keep their secrets, or no single host")


def _is_of_the_machine_room(address: str) -> bool:
    """Addresses that no service has, wherever private ones are allowed: link-local, unspecified, multicast."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_link_local or ip.is_unspecified or ip.is_multicast
