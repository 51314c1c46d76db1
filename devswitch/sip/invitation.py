"""An INVITE's statements about the call, as channel data. Pure.

Names are mod_sofia's. The values come from the caller and are untrusted; they are not sanitised here, because
FreeSWITCH does not do that either and our server has to cope.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from aiosipua.headers import Address, parse_address, stringify_uri
from aiosipua.message import SipRequest

from ivr.domain.name_addresses import read_name_address

_USER_PARAMETERS = re.compile(r"sips?:[^@;<>\s\"]+(;[^@<>\s\"]+)@")
_FIRST_ADDRESS = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*"\s*)?[^,"<]*(?:<[^<>]*>)?', re.DOTALL)
_TEL = "tel:"
# As mod_sofia fills in what an address lacks.
_NO_USER, _NO_HOST = "nobody", "nowhere"
# What begins the user of an address under which we registered (`devswitch.sip.registrations`).
_GATEWAY = "gw+"
_MAX_TEXT = 512
_MAX_HEADERS = 32
_IDENTITY = "sip_identity"
# As long as they come.
_WHOLE = frozenset({"switch_r_sdp", _IDENTITY})


@dataclass(frozen=True)
class Invitation:
    """An incoming call: its numbers, and the variables that it gives the channel."""

    did: str
    ani: str
    name: str
    variables: Mapping[str, str]
    source: tuple[str, int]


def read_invitation(
    request: SipRequest, source: tuple[str, int], *, vouches: bool = False, dialled_in_to: bool = False
) -> Invitation:
    """Read an INVITE. `vouches`: the sender's P-Asserted-Identity is trusted for the caller's number, else From
    counts. `dialled_in_to`: the number dialled is that of To, as it is for an address under which we registered.
    ValueError if caller or callee cannot be read."""
    caller, callee = request.from_addr, request.to_addr
    if caller is None or callee is None:
        raise ValueError("no From or no To")
    full_from, full_to = request.get_header("from") or "", request.get_header("to") or ""
    target, stated = _parse(f"<{request.uri}>").uri, _parse(full_from)
    identity = (_asserted(request) if vouches else None) or stated
    variables = {
        "sip_from_user": stated.uri.user or _NO_USER,
        "sip_from_host": stated.uri.host,
        "sip_from_uri": _without_scheme(stated),
        "sip_from_tag": caller.tag or "",
        "sip_from_display": caller.display_name or "",
        "sip_full_from": full_from,
        "sip_full_to": full_to,
        "sip_to_user": callee.uri.user or "",
        "sip_to_host": callee.uri.host,
        "sip_req_user": target.user or "",
        "sip_req_host": target.host,
        "sip_req_params": request.uri.partition(";")[2] if request.uri[: len(_TEL)].lower() == _TEL else "",
        "sip_req_uri": f"{target.user}@{target.host}" if target.user else target.host,
        "sip_call_id": request.call_id or "",
        "sip_network_ip": source[0],
        "sip_network_port": str(source[1]),
        "sip_received_ip": source[0],
        "sip_received_port": str(source[1]),
        "sip_user_agent": request.get_header("user-agent") or "",
        "switch_r_sdp": request.text,
    }
    if signatures := request.headers.get("identity"):
        variables[_IDENTITY] = signatures[0] if len(signatures) == 1 else f"ARRAY::{'|:'.join(signatures)}"
    if asserted := _first_asserted(request):
        variables["sip_P-Asserted-Identity"] = asserted
    for name, values in list(request.headers.items())[:_MAX_HEADERS]:
        if name.lower().startswith("x-"):
            variables[f"sip_h_{name}"] = values[0]
    gateway = (target.user or "").removeprefix(_GATEWAY) if (target.user or "").startswith(_GATEWAY) else ""
    if gateway:
        variables["sip_gateway"] = gateway
    return Invitation(
        did=_cut((callee.uri.user if gateway or dialled_in_to else target.user) or ""),
        ani=_cut(identity.uri.user or _NO_USER),
        name=_cut(unquote(identity.display_name or "", errors="surrogateescape")),
        variables={name: value if name in _WHOLE else _cut(value) for name, value in variables.items()},
        source=source,
    )


def _parse(text: str) -> Address:
    """Parse an address. Some senders put parameters after the number, in the user part, where the library takes them
    for the URI's: `sip:+14155550100;npdi@trunk`. Of a `tel:` the library knows nothing."""
    named = read_name_address(text)
    if named is not None and named.uri[: len(_TEL)].lower() == _TEL:
        address = parse_address(text)
        user = unquote(named.uri[len(_TEL) :].partition(";")[0])
        return replace(address, uri=replace(address.uri, user=user, host=_NO_HOST, port=None))
    found = _USER_PARAMETERS.search(text)
    if found is None:
        return parse_address(text)
    address = parse_address(text[: found.start(1)] + text[found.end(1) :])
    uri = replace(address.uri, user=f"{address.uri.user}{found[1]}")
    return replace(address, uri=uri)


def _first_asserted(request: SipRequest) -> str:
    """The first of the asserted addresses, which mod_sofia keeps as it came."""
    found = _FIRST_ADDRESS.match(request.get_header("p-asserted-identity") or "")
    return found[0].strip() if found else ""


def _asserted(request: SipRequest) -> Address | None:
    """The caller's number as asserted by the network, if it is."""
    for header in ("p-asserted-identity", "remote-party-id"):
        value = request.get_header(header)
        if value and (address := _parse(value)).uri.user:
            return address
    return None


def _without_scheme(address: Address) -> str:
    return stringify_uri(address.uri).partition(":")[2]


def _cut(text: str) -> str:
    return text[:_MAX_TEXT]
