"""API keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.roles import SCOPES
from ivr.ports.checks import accept
from ivr.ports.pages import SYSTEM


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be shown; `prefix` is the beginning of its secret, which is not kept. `created_by` is the actor
    of the audit log, in lists and of a new key. From `expires_at` on it is refused; None: it does not end."""

    key_id: str
    name: str
    prefix: str
    scopes: Sequence[str]
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    created_by: str | None = None
    expires_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class KeyStore(Protocol):
    """API keys: 256 random bits, kept as SHA-256 (a slow hash is for weak secrets, which these are not). Each
    change is written to the audit log in its transaction."""

    def create(
        self,
        name: str,
        scopes: Sequence[str] = SCOPES,
        *,
        actor: str = SYSTEM,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which cannot be read again."""

    def adopt(self, secret: str, name: str, scopes: Sequence[str] = SCOPES, *, actor: str = SYSTEM) -> ApiKey:
        """Make a key of a given secret (DIGITREE_API_KEY); returns the existing key when there is one."""

    def find(self, secret: str) -> ApiKey | None:
        """The key with this secret unless it was revoked, also when it has expired; records the use of one in force
        (at most once a minute)."""

    def list(self) -> Sequence[ApiKey]: ...

    def revoke(
        self, key_id: str, *, actor: str = SYSTEM, check: Callable[[ApiKey], object] = accept
    ) -> bool:
        """True when a key that was not revoked before is now. `check` may refuse the key that is there by an
        exception."""
