"""The IP addresses of a SIP host: those of its name, and of the servers that its SRV records name (RFC 3263)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import dns.exception
import dns.resolver

from ivr.domain.sip_options import Transport
from ivr.domain.trunks.hosts import Host

WITHIN_S = 3.0
_SERVICES: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


def find_addresses(host: Host, transport: Transport) -> frozenset[str]:
    """Blocks for some seconds where no server answers. OSError when there are none, or they cannot be told now."""
    if host.is_address:
        return frozenset({host.name})
    found: set[str] = set()
    failed: OSError | None = None
    for name in (host.name, *(_servers(host, transport) if host.port is None else ())):
        try:
            found |= {str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)}
        except OSError as error:
            failed = error
        except UnicodeError as error:
            failed = OSError(f"{name} cannot be a name: {error}")
    if not found and failed is not None:
        raise failed
    return frozenset(found)


def _servers(host: Host, transport: Transport) -> Iterator[str]:
    try:
        answer = dns.resolver.resolve(f"{_SERVICES[transport]}.{host.name}.", "SRV", lifetime=WITHIN_S)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return
    except dns.exception.DNSException as error:
        # Without the servers a list would be a part of itself.
        raise OSError(f"the servers of {host.name} are not known: {error}") from error
    for each in answer:
        if target := each.target.to_text(omit_final_dot=True):
            yield target
