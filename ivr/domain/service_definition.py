"""A service as an administrator defines it: the address that menus ask by its name, and how it is asked.

The document that `Service.to_json` makes is what the store keeps and what calls read. Its secrets are sealed
(`ivr.secrets`), and so it goes neither into an API answer nor into a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ivr.domain.sealed_headers import MAX_HEADERS, is_header_name, is_sealed
from ivr.domain.services import SERVICE_NAME

Method = Literal["POST", "GET", "PUT"]
METHODS: tuple[Method, ...] = get_args(Method)

MAX_SERVICES = 100
SHORTEST_TIMEOUT_S = 0.2
TIMEOUT_S = 3.0
CACHE_S = 300
LONGEST_CACHE_S = 3600


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it is stored.

    `headers` go along with each request: names in their order, with sealed values. `secret` signs requests (Standard
    Webhooks), sealed. `timeout_s` bounds a request as a whole. An answer is kept for as long as the service allows,
    and for `cache_s` at most. `allow_private`: it may be inside a private network.
    """

    name: str
    url: str
    method: Method = "POST"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secret: str = field(default="", repr=False)
    timeout_s: float = TIMEOUT_S
    cache_s: int = CACHE_S
    allow_private: bool = False

    def public_json(self) -> dict[str, Any]:
        """What may be shown: of headers their names, of the secret nothing."""
        document = self.to_json()
        del document["secret"]
        return {**document, "headers": [name for name, _ in self.headers]}

    def to_json(self) -> dict[str, Any]:
        """The document that parse_service reads, sealed secrets included."""
        return {
            "url": self.url,
            "method": self.method,
            "headers": dict(self.headers),
            "secret": self.secret,
            "timeout_s": self.timeout_s,
            "cache_s": self.cache_s,
            "allow_private": self.allow_private,
        }


def parse_service(name: str, document: Mapping[str, Any]) -> Service:
    """A stored service; raises ValueError (or KeyError, TypeError) for one that could not have been stored."""
    service = Service(
        name,
        document["url"],
        document["method"],
        tuple(document["headers"].items()),
        document["secret"],
        float(document["timeout_s"]),
        int(document["cache_s"]),
        document["allow_private"] is True,
    )
    if not SERVICE_NAME.fullmatch(name) or service.method not in METHODS or not isinstance(service.url, str):
        raise ValueError("a service without a name, a method or an address")
    if not SHORTEST_TIMEOUT_S <= service.timeout_s <= TIMEOUT_S or not 0 <= service.cache_s <= LONGEST_CACHE_S:
        raise ValueError(f"service {name} waits or keeps its answers too long")
    if len(service.headers) > MAX_HEADERS or not all(map(is_header_name, dict(service.headers))):
        raise ValueError(f"service {name} has a header that may not be sent")
    if not all(map(is_sealed, (service.secret, *dict(service.headers).values()))):
        raise ValueError(f"service {name} has a secret that is not sealed")
    return service


def services_named(document: Mapping[str, Any]) -> list[str]:
    """The services that a menu's document names, sorted."""
    named = (node.get("service") for node in document["nodes"].values())
    return sorted({each for each in named if isinstance(each, str)})
