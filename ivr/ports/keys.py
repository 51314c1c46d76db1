"""API keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.ports.pages import SYSTEM

Scope = Literal["read", "write", "calls"]
SCOPES: tuple[Scope, ...] = ("read", "write", "calls")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown; `prefix` is the beginning of its secret, which is not kept. `created_by` is the actor
    of the audit log, in lists and of a new key."""

    key_id: str
    name: str
    prefix: str
    scopes: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: str | None = None


class KeyStore(Protocol):
    """API keys: 256 random bits, kept as SHA-256 (a slow hash is for weak secrets, which these are not). Each
    change is written to the audit log in its transaction."""

    def create(self, name: str, scopes: Sequence[str] = SCOPES, *, actor: str = SYSTEM) -> tuple[ApiKey, str]:
        """A new key and its secret, which cannot be read again."""

    def adopt(self, secret: str, name: str, scopes: Sequence[str] = SCOPES, *, actor: str = SYSTEM) -> ApiKey:
        """Make a key of a given secret (DIGITREE_API_KEY); returns the existing key when there is one."""

    def find(self, secret: str) -> ApiKey | None:
        """The key in force with this secret; records its use (at most once a minute)."""

    def list(self) -> Sequence[ApiKey]: ...

    def revoke(self, key_id: str, *, actor: str = SYSTEM) -> bool:
        """True when a key in force was revoked."""
