"""What is wrong with the certificate of a SIP peer, as sofia-sip 1.13, by which FreeSWITCH calls, judges it. Pure.

sofia-sip compares the name that was dialled with the DNS names and the common name alone: no wildcard, no address but
one in the common name (tport_tls.c, tport_subject_search). It compares them as text, so that a certificate for
`*.example.com` passes where that is the name that is looked for (`wanted_name`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Literal

# `no_tls`: what answered does not speak TLS 1.2 or 1.3 with us.
# `wildcard_name`: it is for `*.example.com`, and `a.example.com` was looked for.
Verdict = Literal[
    "wrong_name",
    "wildcard_name",
    "expired",
    "not_yet_valid",
    "self_signed",
    "unknown_authority",
    "bad_certificate",
    "no_tls",
]
# name: the certificate is for the host that is dialled; wildcard: for all hosts beside it, `*.` and its domain.
TlsVerify = Literal["name", "wildcard"]

_LABELS = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9-]+", re.ASCII)
_FEWEST_LABELS = 3

# X509_V_ERR_ of OpenSSL (x509_vfy.h).
_CODES: Mapping[int, Verdict] = {
    2: "unknown_authority",
    9: "not_yet_valid",
    10: "expired",
    18: "self_signed",
    19: "unknown_authority",
    20: "unknown_authority",
    21: "unknown_authority",
}


def verdict_of(verify_code: int) -> Verdict:
    """Of OpenSSL's reason to refuse a certificate."""
    return _CODES.get(verify_code, "bad_certificate")


def names_of(certificate: Mapping[str, Any]) -> frozenset[str]:
    """The names that count, in lower case; `certificate` as ssl.SSLSocket.getpeercert returns it."""
    alternative = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    common = [value for part in certificate.get("subject", ()) for kind, value in part if kind == "commonName"]
    return frozenset(name.lower() for name in (*alternative, *common))


def wanted_name(host: str, verify: TlsVerify) -> str:
    """The name that the certificate of a peer at `host` must have, in lower case. Addresses and names right below a
    top level (`example.com`: nobody vouches for `*.com`) have no wildcard."""
    name = host.lower()
    if verify == "name" or not _LABELS.fullmatch(name) or name.count(".") + 1 < _FEWEST_LABELS:
        return name
    return "*." + name.partition(".")[2]


def wrong_name(host: str, verify: TlsVerify, names: Collection[str]) -> Verdict | None:
    """None: a certificate for these names is one of the peer at `host`."""
    if wanted_name(host, verify) in names:
        return None
    return "wildcard_name" if verify == "name" and wanted_name(host, "wildcard") in names else "wrong_name"
