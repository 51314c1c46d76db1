"""Networks that a trunk's calls may come from, in CIDR notation."""

from __future__ import annotations

from ipaddress import ip_network

from ivr.domain.number_text import shown
from ivr.domain.trunks.model import Network

# A network that is wider lets in a good part of the internet, and with it those who dial at other people's expense.
WIDEST_PREFIX = {4: 8, 6: 19}


def parse_network(text: str) -> Network:
    """A network, or one address as a network of its own. Raises ValueError, whose text tells people what to write."""
    given = shown(text) or "nothing"
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{given} is not a network: write an IP address or a network, such as 192.0.2.10 or 198.51.100.0/24"
        ) from None
    if "/" in text and text.partition("/")[2] != str(network.prefixlen):
        raise ValueError(f"{given} has no number of bits behind its slash: write {network}")
    if network.prefixlen < network.max_prefixlen and network.network_address != _address(text):
        raise ValueError(f"{given} is not the beginning of a network: write {network} for all of it, or one address")
    widest = WIDEST_PREFIX[network.version]
    if network.prefixlen < widest:
        raise ValueError(
            f"{given} lets in too much of the internet: give the networks of your carrier, none wider than /{widest}"
        )
    return network


def _address(text: str) -> object:
    return ip_network(text.partition("/")[0]).network_address
