"""The certificate by which FreeSWITCH takes calls over TLS, as it read it at its last start."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509


def certificate_path(home: Path) -> Path:
    """The path of its certificate and key, one after the other, under DIGITREE_HOME."""
    return home / "fs" / "tls" / "agent.pem"


def find_certificate_end(home: Path) -> float | None:
    """When it ends, in unix seconds; None where there is none, or it is not for us to read."""
    try:
        return x509.load_pem_x509_certificate(certificate_path(home).read_bytes()).not_valid_after_utc.timestamp()
    except (OSError, ValueError):
        return None
