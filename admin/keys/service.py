"""API keys: made, shown without their secret, revoked; each change in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.ports.audit import AuditEntry, AuditLog
from ivr.ports.keys import ApiKey, KeyStore
from ivr.ports.pages import ListPage


@dataclass(frozen=True)
class KeyService:
    keys: KeyStore
    audit: AuditLog

    def create(self, name: str, scopes: Sequence[str], *, actor: str) -> tuple[ApiKey, str]:
        """A new key and its secret, which cannot be had again."""
        return self.keys.create(name, scopes, actor=actor)

    def list(self) -> Sequence[ApiKey]:
        return self.keys.list()

    def revoke(self, key_id: str, *, actor: str) -> bool:
        """True when a key in force was revoked."""
        return self.keys.revoke(key_id, actor=actor)

    def history(
        self,
        limit: int,
        cursor: str | None,
        *,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> ListPage[AuditEntry]:
        """Who changed what, newest first."""
        return self.audit.list(subject=subject, actor=actor, action=action, limit=limit, cursor=cursor)
