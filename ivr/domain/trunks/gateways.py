"""Trunks as FreeSWITCH's gateways: XML that its profile includes. Pure.

A gateway is where we register, and where calls out go. Once FreeSWITCH has read one it keeps it: a rescan passes over
a name that it knows (sofia.c, parse_gateways). So the name has a mark of all that was written, and what changes is
another gateway, read while the old one is ended; calls on either go on.

Every value is written as numbered characters: the file goes through a text preprocessor first, for which `$${...}`,
a comment or the name of its own tag count wherever they stand.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk

# Seconds between two OPTIONS, which tell whether the other side is there.
PING_S = 30
RETRY_S = 30
_PLAIN = re.compile(r"[^A-Za-z0-9]", re.ASCII)
_SRTP = {"optional": "optional", "required": "mandatory"}
_MARK = 10


@dataclass(frozen=True, slots=True)
class Gateway:
    """`trunk.host.mark`: a trunk's name has no dot. `params` and `variables` as FreeSWITCH calls them."""

    name: str
    params: Mapping[str, str]
    variables: Mapping[str, str]


def gateways_of(trunk: Trunk) -> Iterator[Gateway]:
    """The registration, if there is one, then the hosts for calls out in their order. Passwords are still sealed."""
    if trunk.registration is not None:
        proxy = trunk.registration.outbound_proxy
        registers = {
            "register": "true",
            "expire-seconds": str(trunk.registration.expiry_s),
            "retry-seconds": str(RETRY_S),
            "register-transport": trunk.transport,
            **({"register-proxy": _uri(trunk, proxy), "outbound-proxy": _uri(trunk, proxy)} if proxy else {}),
        }
        yield _gateway(trunk, "registrar", trunk.registration.registrar, registers)
    for index, host in enumerate(trunk.hosts):
        yield _gateway(trunk, str(index), host, {"register": "false", "register-transport": trunk.transport})


def text_of(gateways: Sequence[Gateway], passwords: Mapping[str, str]) -> str:
    """The file; `passwords` by their sealed text. A gateway whose password is not known is left out: it could only be
    refused."""
    written = [_text(each, passwords) for each in gateways if each.params.get("password", "") in {"", *passwords}]
    return f"<include>\n{''.join(written)}</include>\n"


def _gateway(trunk: Trunk, place: str, host: Host, how: Mapping[str, str]) -> Gateway:
    known = trunk.credentials
    params = {
        "proxy": str(host),
        "context": "public",
        # The number dialled: of the request, unless that is the address under which we registered.
        "extension": "auto_to_user" if trunk.dialled_in == "to" else "auto",
        "caller-id-in-from": "true",
        "ping": str(PING_S),
        **how,
    }
    if known is not None:
        params |= {"username": known.username, "password": known.sealed}
        if known.auth_username is not None:
            params["auth-username"] = known.auth_username
        if known.realm is not None:
            params["realm"] = known.realm
    variables = {"rtp_secure_media_outbound": _SRTP[trunk.srtp]} if trunk.srtp != "off" else {}
    marked = hashlib.sha256(repr((sorted(params.items()), sorted(variables.items()))).encode()).hexdigest()
    return Gateway(f"{trunk.name}.{place}.{marked[:_MARK]}", params, variables)


def _uri(trunk: Trunk, host: Host) -> str:
    return f"sip:{host};transport={trunk.transport}"


def _text(gateway: Gateway, passwords: Mapping[str, str]) -> str:
    params = {**gateway.params}
    if "password" in params:
        params["password"] = passwords[params["password"]]
    lines = [f'    <param name="{name}" value="{_written(value)}"/>\n' for name, value in params.items()]
    if gateway.variables:
        lines.append("    <variables>\n")
        lines += [
            f'      <variable name="{name}" value="{_written(value)}" direction="outbound"/>\n'
            for name, value in gateway.variables.items()
        ]
        lines.append("    </variables>\n")
    return f'  <gateway name="{gateway.name}">\n{"".join(lines)}  </gateway>\n'


def _written(value: str) -> str:
    return _PLAIN.sub(lambda found: f"&#{ord(found[0])};", value)
