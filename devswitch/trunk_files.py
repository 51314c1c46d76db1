"""Trunks as the keeper writes them for FreeSWITCH, read by this switch: gateways and access lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from xml.etree import ElementTree

from ivr.domain.trunks.hosts import Host, parse_host

_UDP = "udp"
_PORT, _TLS_PORT = 5060, 5061


@dataclass(frozen=True, slots=True)
class Gateway:
    """`registers`: we register with `host`, over `transport`, for `expiry_s` seconds. `proxy`: is sent everything
    instead. `realm`: the only one whose challenges are answered; empty: any. `srtp`: as FreeSWITCH calls it
    (`rtp_secure_media_outbound`)."""

    name: str
    host: Host
    registers: bool = False
    transport: str = _UDP
    proxy: Host | None = None
    expiry_s: int = 600
    username: str = ""
    auth_username: str = ""
    password: str = field(default="", repr=False)
    realm: str = ""
    srtp: str = ""

    @property
    def sent_to(self) -> tuple[str, int]:
        host = self.proxy or self.host
        return host.name, host.port or (_TLS_PORT if self.transport == "tls" else _PORT)


def read_gateways(text: str) -> list[Gateway]:
    """ValueError for what the keeper does not write."""
    return [_gateway(each) for each in _parsed(text).iter("gateway")]


def read_lists(text: str) -> dict[str, tuple[IPv4Network, ...]]:
    """The IPv4 networks of each list; this switch has no other. ValueError."""
    return {
        each.get("name", ""): tuple(
            IPv4Network(node.get("cidr", "")) for node in each.iter("node") if ":" not in node.get("cidr", "")
        )
        for each in _parsed(text).iter("list")
    }


def _gateway(found: ElementTree.Element) -> Gateway:
    params: Mapping[str, str] = {each.get("name", ""): each.get("value", "") for each in found.iter("param")}
    variables = {each.get("name", ""): each.get("value", "") for each in found.iter("variable")}
    proxy = params.get("outbound-proxy", "").removeprefix("sip:").partition(";")[0]
    return Gateway(
        found.get("name", ""),
        parse_host(params.get("proxy", "")),
        registers=params.get("register") == "true",
        transport=params.get("register-transport", _UDP),
        proxy=parse_host(proxy) if proxy else None,
        expiry_s=int(params.get("expire-seconds", "600")),
        username=params.get("username", ""),
        auth_username=params.get("auth-username", ""),
        password=params.get("password", ""),
        realm=params.get("realm", ""),
        srtp=variables.get("rtp_secure_media_outbound", ""),
    )


def _parsed(text: str) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(text)  # noqa: S314 - the keeper's own file, in a closed directory
    except ElementTree.ParseError as error:
        raise ValueError(f"not a file of trunks: {error}") from error
