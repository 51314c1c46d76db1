"""Which trunk a call came by, from where it was sent: a table that the keeper writes and calls read. Pure.

A trunk is known by the network that its calls come from, since whatever else a call says is its sender's own text.
Trunks that share a network, two accounts with one carrier, are told apart by the registration that the call came to,
then by the number dialled. Names are looked up by the keeper; what it found stands beside each trunk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from ivr.domain.numbers import E164
from ivr.domain.trunks.document import parse_trunk
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Network, Trunk

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class PlacedTrunk:
    """A trunk, the networks that its calls come from, and the gateways by which calls go out."""

    trunk: Trunk
    networks: tuple[Network, ...]
    gateways: tuple[str, ...] = ()

    def holds(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


class TrunkTable:
    def __init__(self, placed: Sequence[PlacedTrunk] = ()) -> None:
        # The narrowest network first: it says most about who sends from it.
        self._placed = sorted(placed, key=lambda each: (_widest(each), each.trunk.name))
        # A carrier sends from few addresses.
        self._at = lru_cache(maxsize=256)(self._find_at)

    def __bool__(self) -> bool:
        return bool(self._placed)

    @property
    def ways_out(self) -> Iterator[tuple[Trunk, tuple[str, ...]]]:
        """Each trunk with its gateways for calls out."""
        return ((each.trunk, each.gateways) for each in self._placed)

    def named(self, name: str | None) -> Trunk | None:
        return next((each.trunk for each in self._placed if each.trunk.name == name), None)

    def find(self, sender: str, did: E164 | None, gateway: str) -> Trunk | None:
        """The trunk of a call from this IP address to this number; `gateway`: that of FreeSWITCH which the call says
        that it came to, empty without."""
        found = self._at(sender)
        if len(found) > 1:
            name = gateway.partition(".")[0]
            of_gateway = [each for each in found if each.name == name]
            found = of_gateway or [each for each in found if did in each.numbers] or found
        return found[0] if found else None

    def _find_at(self, sender: str) -> list[Trunk]:
        try:
            address = ip_address(sender)
        except ValueError:
            return []
        return [each.trunk for each in self._placed if each.holds(address)]


def hosts_of(trunk: Trunk) -> tuple[Host, ...]:
    """Whose addresses its calls come from; none where its networks are listed."""
    if trunk.allowed:
        return ()
    known = trunk.registration
    registered = (known.registrar, known.outbound_proxy) if known else ()
    return (*trunk.hosts, *(each for each in registered if each is not None))


def networks_of(trunk: Trunk, addresses: Mapping[Host, Iterable[str]]) -> tuple[Network, ...]:
    """The networks that its calls come from; `addresses`: those of its hosts, as far as they are known."""
    if trunk.allowed:
        return trunk.allowed
    found = {each for host in hosts_of(trunk) for each in addresses.get(host, ())}
    return tuple(sorted(map(ip_network, found), key=lambda each: (each.version, each)))


def table_text(placed: Iterable[PlacedTrunk]) -> str:
    """The same text for the same trunks; without user names and passwords."""
    rows = [
        {
            "name": each.trunk.name,
            "trunk": replace(each.trunk, credentials=None).to_json(),
            "networks": list(map(str, each.networks)),
            "gateways": list(each.gateways),
        }
        for each in placed
    ]
    return json.dumps(rows, separators=(",", ":"), sort_keys=True)


def parse_table(text: str) -> tuple[PlacedTrunk, ...]:
    """Raises ValueError for another text."""
    try:
        return tuple(
            PlacedTrunk(
                parse_trunk(row["name"], row["trunk"]),
                tuple(map(ip_network, row["networks"])),
                tuple(row.get("gateways", ())),
            )
            for row in json.loads(text)
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a table of trunks: {error!r}") from error


def lists_text(placed: Sequence[PlacedTrunk]) -> str:
    """Access lists as FreeSWITCH includes them: who may call, whose P-Asserted-Identity is believed, who has the
    number dialled in To, whose sound must be encrypted, and how keys come that are no events. Where trunks share
    addresses, all of them must say what is believed, and one of them is enough to want encryption."""
    callers = [network for each in placed for network in each.networks]
    encrypted = [network for each in placed if each.trunk.srtp == "required" for network in each.networks]
    written = (
        _list("trunk-callers", callers),
        _list("trunk-vouching", _only(placed, lambda trunk: trunk.trust_identity)),
        _list("trunk-dialled-in-to", _only(placed, lambda trunk: trunk.dialled_in == "to")),
        _list("trunk-encrypted", encrypted),
        _list("trunk-keys-as-info", _only(placed, lambda trunk: trunk.dtmf == "info")),
        _list("trunk-keys-as-tones", _only(placed, lambda trunk: trunk.dtmf == "inband")),
    )
    return f"<include>\n{''.join(written)}</include>\n"


def _only(placed: Sequence[PlacedTrunk], is_so: Callable[[Trunk], bool]) -> Iterator[Network]:
    """The networks of the trunks that are so, without those that others have a part of."""
    others = [network for each in placed if not is_so(each.trunk) for network in each.networks]
    for each in placed:
        if is_so(each.trunk):
            yield from (network for network in each.networks if not any(_share(network, other) for other in others))


def _list(name: str, networks: Iterable[Network]) -> str:
    return f'  <list name="{name}" default="deny">\n{"".join(_nodes(networks))}  </list>\n'


def _nodes(networks: Iterable[Network]) -> Iterator[str]:
    for each in sorted(set(networks), key=lambda network: (network.version, network)):
        yield f'    <node type="allow" cidr="{each}"/>\n'


def _share(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _widest(placed: PlacedTrunk) -> int:
    """The bits that vary in its widest network."""
    return max((each.max_prefixlen - each.prefixlen for each in placed.networks), default=0)
