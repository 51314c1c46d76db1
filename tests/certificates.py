"""Certificates for tests: an authority, and what it signs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class CertificateFiles(NamedTuple):
    certificate: Path
    key: Path


class Authority:
    """One that signed itself, or that `above` signed."""

    def __init__(self, name: str, above: Authority | None = None) -> None:
        self._name = _name(name)
        self._key = ec.generate_private_key(ec.SECP256R1())
        issuer = above or self
        self._certificate = (
            _builder(name, issuer._name, self._key, 30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(issuer._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def authority(self, name: str) -> Authority:
        return Authority(name, self)

    def write(self, directory: Path, name: str, days: float = 30) -> CertificateFiles:
        """A certificate for a DNS name and its key; it ends in so many days, or ended so many ago (below 0)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(name, self._name, key, days)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        files = CertificateFiles(directory / f"{name}.crt", directory / f"{name}.key")
        files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: float
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
    )
