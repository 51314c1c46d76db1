"""Values in Redis that calls depend on. Each carries a signature: access to Redis alone is not enough to send a
caller elsewhere or to write an opt-out.

A signed value is the value, a blank, and 22 characters of base64: the first 128 bits of the HMAC-SHA-256 over its key
and itself, with a key derived from DIGITREE_SECRET. It is good under its own key only.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import cached_property

_MAC_BYTES = 16


class ForgedValue(ValueError):
    """A value without the right signature: somebody else's, another release's, or made with another secret."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} in Redis is not signed with this installation's secret")


class SignedValues:
    """Signs and checks; `secret` is called at the first use."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    @cached_property
    def _key(self) -> bytes:
        return hmac.digest(self._secret(), b"digitree cache", hashlib.sha256)

    def sign(self, key: str, value: str) -> bytes:
        data = value.encode()
        return data + b" " + self._mac(key, data)

    def value(self, key: str, signed: bytes) -> bytes:
        """The value. Raises ForgedValue."""
        value, _, mac = signed.rpartition(b" ")
        if not hmac.compare_digest(mac, self._mac(key, value)):
            raise ForgedValue(key)
        return value

    def _mac(self, key: str, value: bytes) -> bytes:
        digest = hmac.digest(self._key, key.encode() + b"\0" + value, hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).rstrip(b"=")
