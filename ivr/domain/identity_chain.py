"""The certificates of who signs callers' numbers (ATIS-1000080), and the authorities that vouch for them. Pure.

Whether a certificate was revoked is not asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from ivr.domain.identity import IdentityRefused

Chain = tuple[x509.Certificate, ...]

# The numbers or the carrier that it is for (RFC 8226).
TN_AUTHORIZATION_LIST = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.26")
MAX_BYTES = 32 * 1024
MAX_KEPT_S = 86_400
# Of an answer that does not say.
KEPT_S = 3600
_MAX_CERTIFICATES = 6
_MAX_BETWEEN = 3
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.ASCII)


class Roots:
    """The authorities that count, from PEM. ValueError when there is none in it."""

    def __init__(self, pem: bytes) -> None:
        self._store = Store(x509.load_pem_x509_certificates(pem))

    def key_of(self, chain: Sequence[x509.Certificate], at: float) -> EllipticCurvePublicKey:
        """The key of a chain's first certificate, at a moment in seconds since 1970. Raises IdentityRefused."""
        own, *between = chain
        moment = datetime.fromtimestamp(at, UTC)
        if not own.not_valid_before_utc <= moment <= own.not_valid_after_utc:
            raise IdentityRefused("expired")
        verifier = (
            PolicyBuilder()
            .store(self._store)
            .time(moment)
            .max_chain_depth(_MAX_BETWEEN)
            .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=_SIGNERS)
            .build_client_verifier()
        )
        try:
            verifier.verify(own, between)
            own.extensions.get_extension_for_oid(TN_AUTHORIZATION_LIST)
        except (VerificationError, x509.ExtensionNotFound, ValueError):
            raise IdentityRefused("not_trusted") from None
        key = own.public_key()
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise IdentityRefused("bad_certificate")
        return key


def read_chain(pem: bytes) -> Chain:
    """Raises IdentityRefused."""
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        chain = ()
    if not 0 < len(chain) <= _MAX_CERTIFICATES:
        raise IdentityRefused("bad_certificate")
    return chain


def kept_s(cache_control: str) -> int:
    """For how many seconds a certificate may be used again."""
    said = [each.strip().lower() for each in cache_control.split(",")]
    if "no-store" in said or "no-cache" in said:
        return 0
    ages = [int(found[1]) for found in map(_MAX_AGE.fullmatch, said) if found]
    return min(MAX_KEPT_S, *ages) if ages else KEPT_S


def _signs(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("its key is not for signatures")


def _is_no_authority(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints | None) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("it is an authority's")


# They have no names of hosts, which those of the web must have.
_SIGNERS = (
    ExtensionPolicy.permit_all()
    .require_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_no_authority)
)
