"""Secrets of others (an agent's password, the key of his prepare URL) as they lie in Postgres and in the menus in
Redis and on disk: encrypted with a key that follows from DIGITREE_SECRET. Only the admin app seals, only a process
that dials opens. With another DIGITREE_SECRET nothing opens any more: they must be given again.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cached_property

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Sealer:
    """`secret` is asked when it is first needed."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def seal(self, text: str) -> str:
        """Letters, digits, `-`, `_` and `=`; never the same twice."""
        return self._fernet.encrypt(text.encode()).decode("ascii")

    def find(self, sealed: str) -> str | None:
        """The text, None when it was sealed with another secret or changed."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None

    @cached_property
    def _fernet(self) -> Fernet:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"digitree credentials").derive(self._secret())
        return Fernet(base64.urlsafe_b64encode(key))
