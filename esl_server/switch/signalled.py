"""The number dialled and the caller's, from the channel data.

FreeSWITCH leaves out the parameters of a number in a `tel:` address, and of any caller's number; one of them,
`phone-context`, is part of the number (RFC 3966).
"""

from __future__ import annotations

from urllib.parse import unquote

from esl_server.switch.channel_data import ChannelData
from esl_server.switch.printable import printable
from ivr.domain.name_addresses import read_name_address
from ivr.domain.numbers import E164
from ivr.domain.trunks.caller_numbers import read_caller
from ivr.domain.trunks.model import Trunk

# What mod_sofia takes for the user of an address that has none (sofia.c).
_NO_USER = "nobody"
_CONTEXT = b"phone-context"
# A number that begins so has no context (RFC 3966, 5.1.5).
_GLOBAL = "+"
_SCHEMES = ("sip", "sips", "tel")


def dialled_of(channel: ChannelData) -> str:
    """The number dialled as received."""
    raw = channel.find("Caller-Destination-Number") or ""
    if raw.startswith(_GLOBAL):
        return raw
    parameters = channel.find_raw("variable_sip_req_params") or b""
    if _CONTEXT not in parameters.lower() or _CONTEXT.decode() in raw.lower():
        return raw
    return f"{raw};{channel.find('variable_sip_req_params')}"


def caller_of(channel: ChannelData, region: str, trunk: Trunk | None = None) -> tuple[E164 | None, str]:
    """The caller's number, normalised (None: withheld, or not a number) and as received, printable."""
    raw = channel.find("Caller-Caller-ID-Number") or ""
    if raw.startswith(_GLOBAL):
        return read_caller(raw, trunk, region), printable(raw)
    full = channel.find_raw("variable_sip_full_from") or b""
    if raw == _NO_USER or _CONTEXT in full.lower():
        raw = _as_in_from(channel.find("variable_sip_full_from") or "", raw)
    return read_caller(raw, trunk, region), printable(raw)


def _as_in_from(header: str, raw: str) -> str:
    """The whole address in From, where `raw` was taken from there."""
    address = read_name_address(header)
    if address is None:
        return raw
    scheme, _, rest = address.uri.partition(":")
    user = unquote(rest.partition("@")[0].partition(";")[0])
    if scheme.lower() not in _SCHEMES or raw not in (user, _NO_USER):
        return raw
    return address.uri
