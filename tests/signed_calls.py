"""Signatures of callers' numbers for tests: an authority of carriers, their certificates, and what they sign."""

from __future__ import annotations

import base64
import datetime
import json
import time
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ivr.domain.identity_chain import TN_AUTHORIZATION_LIST

URL = "https://certificates.example/carrier.pem"


class CarrierAuthority:
    """Signs the certificates of carriers, as an STI-CA does."""

    def __init__(self, name: str = "STI-CA", above: CarrierAuthority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name)
        issuer = above or self
        self.certificate = (
            _builder(self.name, issuer.name, self.key, 3650)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(_issued_by(issuer.key), critical=False)
            .sign(issuer.key, hashes.SHA256())
        )

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Carrier:
    """Signs calls. `days`: how long its certificate is good from now; `curve` and `is_listed` make it a wrong one."""

    def __init__(
        self,
        authority: CarrierAuthority,
        *,
        days: int = 30,
        is_listed: bool = True,
        is_authority: bool = False,
        curve: ec.EllipticCurve | None = None,
    ) -> None:
        self._key = ec.generate_private_key(curve or ec.SECP256R1())
        builder = (
            _builder(_name("SHAKEN 1234"), authority.name, self._key, days)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(_usage(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_issued_by(authority.key), critical=False)
        )
        if is_listed:
            listed = x509.UnrecognizedExtension(TN_AUTHORIZATION_LIST, bytes.fromhex("3008a006160431323334"))
            builder = builder.add_extension(listed, critical=False)
        self.pem = builder.sign(authority.key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def token(
        self,
        caller: str,
        called: str,
        *,
        at: float | None = None,
        url: str = URL,
        head: dict[str, Any] | None = None,
        claims: dict[str, Any] | None = None,
        parameters: str | None = None,
    ) -> str:
        """The value of an Identity header; `head` and `claims` replace what they name, or take it away (None)."""
        whole_head = {"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": url} | (head or {})
        whole_claims = {
            "attest": "A",
            "dest": {"tn": [called.removeprefix("+")]},
            "iat": int(time.time() if at is None else at),
            "orig": {"tn": caller.removeprefix("+")},
            "origid": "123e4567-e89b-12d3-a456-426655440000",
        } | (claims or {})
        signed = ".".join(_encoded(json.dumps(_told(each)).encode()) for each in (whole_head, whole_claims))
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        size = 32 if isinstance(self._key.curve, ec.SECP256R1) else 48
        signature = _encoded(r.to_bytes(size) + s.to_bytes(size))
        return f"{signed}.{signature}" + (f";info=<{url}>;alg=ES256;ppt=shaken" if parameters is None else parameters)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _issued_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
    )
