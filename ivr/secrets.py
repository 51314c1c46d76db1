"""Secrets: DIGITREE_SECRET itself, and what is derived from it.

Secrets of others (an agent's password, the key of its prepare URL) are kept in Postgres, Redis and the snapshot
encrypted with a key derived from DIGITREE_SECRET. The admin app seals them; a process that dials or delivers opens
them. After a change of DIGITREE_SECRET they cannot be opened and must be given again.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ivr.domain.signed_heads import HeadSigner
from ivr.domain.signed_values import SignedValues
from ivr.settings import Settings

_NONCE_BYTES = 12


class Sealer:
    """Encrypts and decrypts; `secret` is called at the first use."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def seal(self, text: str) -> str:
        """The text encrypted, as letters, digits, `-`, `_` and `=`; different each time."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def reference(self, sealed: str) -> str:
        """A name of what is sealed, 32 hexadecimal digits: the same in every process, and telling nothing of it."""
        return hmac.digest(self._secret(), b"digitree reference " + sealed.encode(), hashlib.sha256).hex()[:32]

    def find(self, sealed: str) -> str | None:
        """The text; None when it was sealed with another secret, or changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None

    @cached_property
    def _fernet(self) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"digitree credentials").derive(self._secret())
        return Fernet(base64.urlsafe_b64encode(key))


class SoundSealer:
    """Encrypts and decrypts sounds (AES-GCM); `secret` is called at the first use."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def seal(self, content: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def find(self, sealed: bytes) -> bytes | None:
        """The content; None when it was sealed with another secret, or changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            return None

    @cached_property
    def _cipher(self) -> AESGCM:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"digitree sounds").derive(self._secret())
        return AESGCM(key)


def read_or_make_secret(settings: Settings) -> str:
    """DIGITREE_SECRET, or the 256 bits kept in home/secret. When several processes make it at once, one file wins."""
    if settings.secret:
        return settings.secret
    path = settings.home / "secret"
    with contextlib.suppress(FileNotFoundError):
        if kept := path.read_text().strip():
            return kept
    unfinished = path.with_name(f".secret.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    unfinished.unlink()
    return path.read_text().strip()


def head_signer(settings: Settings) -> HeadSigner:
    """Signs the heads of chains, with a key derived from the secret: it is the same on every host, and not in the
    database."""
    secret = read_or_make_secret(settings).encode()
    return HeadSigner(HKDF(algorithm=SHA256(), length=32, salt=None, info=b"digitree signed heads").derive(secret))


def switch_secrets(settings: Settings) -> tuple[str, ...]:
    """The secrets by which a switch proves itself to the call server: those of DIGITREE_ESL_SECRET, else one derived
    from the secret. The first is the one that our own switch is given; the others are accepted, too."""
    if settings.esl_secret:
        return tuple(settings.esl_secret.split(","))
    return (_derived(settings, b"digitree switch"),)


def signed_values(settings: Settings) -> SignedValues:
    """Signs and checks what calls read in Redis."""
    return SignedValues(lambda: read_or_make_secret(settings).encode())


def event_password(settings: Settings) -> str:
    """The password of our switch's event socket: DIGITREE_FS_PASSWORD, else one derived from the secret. It is in no
    file, and in no environment but the switch's own."""
    if settings.freeswitch_password:
        return settings.freeswitch_password
    return _derived(settings, b"digitree event socket")


def _derived(settings: Settings, purpose: bytes) -> str:
    return hmac.digest(read_or_make_secret(settings).encode(), purpose, hashlib.sha256).hex()[:32]
