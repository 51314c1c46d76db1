"""The servers of a SIP host by its SRV records (RFC 3263), as FreeSWITCH finds them, and the IP addresses of all."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import dns.exception
import dns.resolver

from ivr.domain.sip_options import Transport, find_peer
from ivr.domain.trunks.hosts import Host

WITHIN_S = 3.0
_SERVICES: dict[Transport, str] = {"udp": "_sip._udp", "tcp": "_sip._tcp", "tls": "_sips._tcp"}


def find_addresses(host: Host, transport: Transport) -> frozenset[str]:
    """Blocks for some seconds where no server answers. OSError when there are none, or they cannot be told now."""
    if host.is_address:
        return frozenset({host.name})
    found: set[str] = set()
    failed: OSError | None = None
    for name in (host.name, *(each.name for each in _by_srv(host, transport))):
        try:
            found |= {str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)}
        except OSError as error:
            failed = error
        except UnicodeError as error:
            failed = OSError(f"{name} cannot be a name: {error}")
    if not found and failed is not None:
        raise failed
    return frozenset(found)


def has_host(uri: str) -> bool:
    """Whether the host of a SIP address is an IP address or has one. True where that cannot be told now."""
    peer = find_peer(uri)
    if peer is None:
        return True
    try:
        return bool(find_addresses(Host(peer.host), peer.transport))
    except socket.gaierror as error:
        return error.errno not in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
    except OSError:
        return True


def find_servers(host: Host, transport: Transport) -> list[Host]:
    """Where a request to this host goes, in the order in which servers are tried: those that its SRV records name,
    else the host itself. Blocks for some seconds where no server answers. OSError when it cannot be told now."""
    return [*_by_srv(host, transport)] or [host]


def _by_srv(host: Host, transport: Transport) -> Iterator[Host]:
    """A host with a port, or given by its address, has none (RFC 3263, 4.2)."""
    if host.port is not None or host.is_address:
        return
    try:
        answer = dns.resolver.resolve(f"{_SERVICES[transport]}.{host.name}.", "SRV", lifetime=WITHIN_S)
    except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
        return
    except dns.exception.DNSException as error:
        # Without the servers a list would be a part of itself.
        raise OSError(f"the servers of {host.name} are not known: {error}") from error
    for each in sorted(answer, key=lambda record: (record.priority, -record.weight)):
        if target := each.target.to_text(omit_final_dot=True):
            yield Host(target, each.port)
