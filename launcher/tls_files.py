"""The files that the switch's TLS reads, under home/fs/tls: `agent.pem` (certificate, then key) and `cafile.pem` (the
authorities whose certificates are trusted).

The certificate is DIGITREE_TLS_CERT with DIGITREE_TLS_KEY, else one made for trying, which nobody trusts. sofia-sip
reads only the first certificate of agent.pem, and OpenSSL completes the chain from cafile.pem: those of the
authorities between go there. They are no roots by that, since OpenSSL follows a chain to one that signed itself.
"""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
import logging
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from ivr.clients.tls_peers import trusted_authorities
from ivr.settings import Settings, SetupError, split_host_port
from ivr.storage.disk.private_files import write_private
from ivr.storage.disk.switch_certificate import certificate_path

log = logging.getLogger(__name__)

_AUTHORITIES = "cafile.pem"
# Authorities that give certificates for 90 days ask for a new one 30 days before the end.
_RENEWED_BY = datetime.timedelta(days=14)
_MADE_FOR = datetime.timedelta(days=365)
_MADE_AGAIN = datetime.timedelta(days=30)


def write_tls_files(settings: Settings) -> Path:
    """The directory, written at each start of FreeSWITCH, which reads it only then (tls_renewal.py). SetupError."""
    path = certificate_path(settings.home)
    directory = path.parent
    for each in (directory.parent, directory):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
        each.chmod(0o700)
    if settings.tls_cert:
        chain, key = _given(settings)
    else:
        chain, key = _kept(path) or _made(split_host_port(settings.sip)[0])
    _warn_of_end(chain[0])
    write_private(path, _agent(chain, key))
    write_private(directory / _AUTHORITIES, _between(chain) + trusted_authorities(settings))
    return directory


def has_own_files(settings: Settings) -> bool:
    """Whether there is a file that somebody renews."""
    return bool(settings.tls_cert or settings.tls_ca)


def find_renewed(settings: Settings) -> str | None:
    """A fingerprint of what the settings name; None while it is what FreeSWITCH read at its start. SetupError where
    it could not start with it.

    The machine's own authorities are not looked at: they change with its updates.
    """
    path = certificate_path(settings.home)
    try:
        agent, authorities = path.read_text(), (path.parent / _AUTHORITIES).read_text()
    except OSError:
        return None
    new_agent, between = agent, ""
    if settings.tls_cert:
        chain, key = _given(settings)
        new_agent, between = _agent(chain, key), _between(chain)
    if settings.tls_ca:
        new_authorities = between + trusted_authorities(settings)
        is_same = new_authorities == authorities
    else:
        new_authorities = between
        is_same = authorities.startswith(between)
    if is_same and new_agent == agent:
        return None
    return hashlib.sha256((new_agent + new_authorities).encode()).hexdigest()


def _agent(chain: list[x509.Certificate], key: PrivateKeyTypes) -> str:
    return (chain[0].public_bytes(Encoding.PEM) + _pem(key)).decode()


def _between(chain: list[x509.Certificate]) -> str:
    return b"".join(each.public_bytes(Encoding.PEM) for each in chain[1:]).decode()


def _warn_of_end(certificate: x509.Certificate) -> None:
    left = certificate.not_valid_after_utc - _now()
    if left < _RENEWED_BY:
        log.warning(
            "the certificate for SIP over TLS ends in %d days, on %s: renew it",
            left.days,
            f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        )


def _given(settings: Settings) -> tuple[list[x509.Certificate], PrivateKeyTypes]:
    names = f"DIGITREE_TLS_CERT={settings.tls_cert}, DIGITREE_TLS_KEY={settings.tls_key or '(the same file)'}"
    try:
        chain = x509.load_pem_x509_certificates(Path(settings.tls_cert).read_bytes())
        key = load_pem_private_key(Path(settings.tls_key or settings.tls_cert).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(f"{names}: {_why(error)}; both are in PEM form, the key without a passphrase") from error
    if key.public_key() != chain[0].public_key():
        raise SetupError(f"{names}: the key does not belong to the first certificate")
    if chain[0].not_valid_after_utc < _now():
        raise SetupError(f"{names}: the certificate ended on {chain[0].not_valid_after_utc:%Y-%m-%d}; renew it")
    return chain, key


def _kept(path: Path) -> tuple[list[x509.Certificate], PrivateKeyTypes] | None:
    """One made earlier, if it is good for another month."""
    try:
        text = path.read_bytes()
        certificate, key = x509.load_pem_x509_certificate(text), load_pem_private_key(text, None)
    except (OSError, ValueError):
        return None
    is_ours = certificate.issuer == certificate.subject and certificate.public_key() == key.public_key()
    is_fresh = certificate.not_valid_after_utc - _now() > _MADE_AGAIN
    return ([certificate], key) if is_ours and is_fresh else None


def _made(host: str) -> tuple[list[x509.Certificate], PrivateKeyTypes]:
    key = ec.generate_private_key(ec.SECP256R1())
    # sofia-sip reads an address from the common name alone.
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - datetime.timedelta(minutes=5))
        .not_valid_after(_now() + _MADE_FOR)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return [certificate], key


def _pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _why(error: Exception) -> str:
    return error.strerror or "unreadable" if isinstance(error, OSError) else "it is no certificate or key"
