"""What is wrong with the certificate of a SIP peer, as sofia-sip 1.13, by which FreeSWITCH calls, judges it. Pure.

sofia-sip compares the name that was dialled with the DNS names and the common name alone: no wildcard, no address but
one in the common name (tport_tls.c, tport_subject_search).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

# `no_tls`: what answered does not speak TLS 1.2 or 1.3 with us.
Verdict = Literal[
    "wrong_name", "expired", "not_yet_valid", "self_signed", "unknown_authority", "bad_certificate", "no_tls"
]

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


def is_for(host: str, names: Collection[str]) -> bool:
    return host.lower() in names
