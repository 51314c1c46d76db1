"""Why the other side refuses, in words: by the SIP status, and for some carriers by what it means there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.domain.tls_verdicts import Verdict
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk

_ADDRESS_OR_ACCOUNT = "it does not accept this account, or this installation's address"
_LOOK = "look at the host, its port, the transport, and firewalls between"
_WORDS: Mapping[int, str] = {
    400: "it does not understand the request",
    401: "the user name or the password is wrong",
    403: _ADDRESS_OR_ACCOUNT,
    404: "it knows no such account or number",
    405: "it takes no such request here; a trunk by address may be meant",
    407: "the user name or the password is wrong",
    423: "the registration is to last longer: raise expiry_s",
    480: "it is not available just now",
    488: "the codecs or the encryption do not suit it",
    500: "it has an error of its own",
    502: "a server behind it has an error",
    504: "a server behind it does not answer",
    603: "it does not want the call",
}
_BY_ADDRESS_403 = "this installation's address is not among those that it accepts"
_BY_PRESET: Mapping[tuple[str, int], str] = {
    ("telnyx", 403): "the address is not on the connection's list",
    ("telnyx_registration", 403): "the connection has another user name or password, or is not active",
    ("twilio", 403): "the address is not on the trunk's access control list",
    ("flowroute", 403): "the address is not among those of the account, or the tech prefix is missing",
    ("voipms", 403): "the sub account's user name or password is wrong, or it is registered with another server",
    ("voipms", 401): "the sub account's user name or password is wrong",
    ("signalwire", 403): "the endpoint's user name or password is wrong, or it requires encryption",
    ("bandwidth", 403): "the address is not on the location's list",
    ("asterisk", 401): "it asks for a password: make its trunk without one, or give user name and password",
    ("freeswitch", 407): "it asks for a password: put this installation's address on its list",
}
_CERTIFICATES: Mapping[Verdict, str] = {
    "wrong_name": "its certificate is for another name",
    "wildcard_name": "its certificate is for a wildcard, which FreeSWITCH does not take for a trunk: "
    "set DIGITREE_TLS_VERIFY to chain, or another transport",
    "expired": "its certificate has expired",
    "not_yet_valid": "its certificate is not valid yet",
    "self_signed": "it signed its certificate itself: name its file in DIGITREE_TLS_CA if that is meant",
    "unknown_authority": "its certificate is of an unknown authority: name its file in DIGITREE_TLS_CA",
    "bad_certificate": "its certificate does not hold",
    "no_tls": "it does not speak TLS 1.2 or 1.3 there: look at the port and the transport",
}


def untrusted(host: Host | str, verdict: Verdict) -> str:
    """A sentence about a host that is not called since it cannot be trusted."""
    return f"{host} is sent nothing: {_CERTIFICATES[verdict]}"


def refused(trunk: Trunk, status: int) -> str:
    """A sentence about a refusal with this SIP status."""
    if status == 408:
        return f"{trunk.name} does not answer: {_LOOK}"
    if status == 503:
        # FreeSWITCH says so, too, where nobody listens.
        return f"{trunk.name} cannot be reached, or says that it is not available just now (503): {_LOOK}"
    return f"{trunk.name} refused with {status}: {_why(trunk, status)}"


def _why(trunk: Trunk, status: int) -> str:
    known = _BY_PRESET.get((trunk.preset or "", status))
    if known is not None:
        return known
    if status == 403 and trunk.kind == "address":
        return _BY_ADDRESS_403
    if status in _WORDS:
        return _WORDS[status]
    if status < 400:
        return "it sends us to another host"
    return "it has an error of its own" if 500 <= status < 600 else "it does not say more"
