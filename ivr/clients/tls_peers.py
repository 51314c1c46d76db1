"""The certificate of a SIP peer, checked as FreeSWITCH checks it when it calls: the same authorities, the same names,
and a handshake without a name (SNI). What is refused here could not be called, either."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

import certifi

from ivr.domain.tls_verdicts import TlsVerify, Verdict, names_of, verdict_of, wrong_name
from ivr.settings import Settings, SetupError


class TlsRefused(Exception):
    """The peer's certificate is not that of the host that was called. `verdict` says what is wrong with it."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict: Verdict = verdict


class TlsCheck:
    """`authorities` as PEM; `by_name` False: a certificate for any name will do (DIGITREE_TLS_VERIFY=chain)."""

    def __init__(self, authorities: str, *, by_name: bool = True) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.check_hostname = False
        self._context.load_verify_locations(cadata=authorities)
        self._by_name = by_name

    @classmethod
    def of_settings(cls, settings: Settings) -> TlsCheck:
        """Raises SetupError."""
        return cls(trusted_authorities(settings), by_name=settings.tls_verify == "name")

    @classmethod
    def of_machine(cls) -> TlsCheck:
        return cls(_machine_authorities())

    def wrap(self, plain: socket.socket, host: str, verify: TlsVerify = "name") -> ssl.SSLSocket:
        """The connection to `host`, as it was dialled, after the handshake. Raises TlsRefused, OSError."""
        try:
            wrapped = self._context.wrap_socket(plain)
        except ssl.SSLCertVerificationError as error:
            raise TlsRefused(verdict_of(error.verify_code)) from error
        except ssl.SSLError as error:
            raise TlsRefused("no_tls") from error
        verdict = wrong_name(host, verify, names_of(wrapped.getpeercert() or {})) if self._by_name else None
        if verdict is not None:
            wrapped.close()
            raise TlsRefused(verdict)
        return wrapped


def trusted_authorities(settings: Settings) -> str:
    """DIGITREE_TLS_CA, else the machine's own authorities, else those of Mozilla (certifi), as PEM. SetupError."""
    if settings.tls_ca:
        try:
            text = Path(settings.tls_ca).read_text()
            ssl.create_default_context(cadata=text)
        except (OSError, ValueError) as error:
            raise SetupError(
                f"DIGITREE_TLS_CA={settings.tls_ca}: {_why(error)}; name a file of certificates in PEM form"
            ) from error
        return text
    return _machine_authorities()


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        return error.strerror or "unreadable"
    return "there is no certificate in it"


def _machine_authorities() -> str:
    machines = ssl.get_default_verify_paths()
    candidates = (machines.cafile, f"{machines.capath or ''}/ca-certificates.crt", certifi.where())
    found = next(path for path in candidates if path and os.access(path, os.R_OK))
    return Path(found).read_text()
