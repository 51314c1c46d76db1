"""The caller's number, from the channel data."""

from __future__ import annotations

from urllib.parse import unquote

from esl_server.switch.printable import printable
from esl_server.switch.session import ChannelData
from ivr.domain.name_addresses import read_name_address
from ivr.domain.numbers import E164, parse_ani

# What mod_sofia takes for the user of an address that has none (sofia.c).
_NO_USER = "nobody"
_SCHEMES = ("sip", "sips", "tel")


def caller_of(channel: ChannelData, region: str) -> tuple[E164 | None, str]:
    """The caller's number, normalised (None: withheld, or not a number) and as received, printable."""
    raw = channel.find("Caller-Caller-ID-Number") or ""
    full = channel.find_raw("variable_sip_full_from") or b""
    if raw == _NO_USER or b"phone-context" in full.lower():
        raw = _as_in_from(channel.find("variable_sip_full_from") or "", raw)
    return parse_ani(raw, region), printable(raw)


def _as_in_from(header: str, raw: str) -> str:
    """The address in From where `raw` was taken from there. FreeSWITCH leaves out a number's parameters, of which
    `phone-context` is part of the number (RFC 3966), and a number whose address has no host."""
    address = read_name_address(header)
    if address is None:
        return raw
    scheme, _, rest = address.uri.partition(":")
    user = unquote(rest.partition("@")[0].partition(";")[0])
    if scheme.lower() not in _SCHEMES or raw not in (user, _NO_USER):
        return raw
    return address.uri
