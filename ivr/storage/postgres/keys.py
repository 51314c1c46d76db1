"""API keys in Postgres, as hashes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

from ivr.domain.call_records import new_id
from ivr.domain.roles import SCOPES
from ivr.ports.checks import accept
from ivr.ports.keys import ApiKey
from ivr.ports.pages import SYSTEM
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database, clean_text

_COLUMNS = "key_id, name, prefix, scopes, created_at, revoked_at, last_used_at, expires_at"
_MADE_BY = """(
    select actor from audit_log
    where subject = key_id and action = 'key.create' order by id limit 1
) as created_by"""
_PREFIX_LENGTH = 8
# A longer "key" is an attack on the hash function's time.
MAX_SECRET_LENGTH = 256


class PostgresKeys:
    """A KeyStore. The look-up is by hash, so its time reveals nothing about a secret."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        name: str,
        scopes: Sequence[str] = SCOPES,
        *,
        actor: str = SYSTEM,
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        secret = "dt_" + secrets.token_urlsafe(32)
        return self._keep(secret, name, scopes, actor, expires_at), secret

    def adopt(
        self, secret: str, name: str, scopes: Sequence[str] = SCOPES, *, actor: str = SYSTEM
    ) -> ApiKey:
        return self._keep(secret, name, scopes, actor, None)

    def _keep(
        self, secret: str, name: str, scopes: Sequence[str], actor: str, expires_at: datetime | None
    ) -> ApiKey:
        unknown = set(scopes) - set(SCOPES)
        if unknown or not 16 <= len(secret) <= MAX_SECRET_LENGTH:
            raise ValueError(f"a key has 16 to {MAX_SECRET_LENGTH} characters and scopes of {', '.join(SCOPES)}")
        wanted = list(dict.fromkeys(scopes))
        with self._database.transaction() as connection:
            known = connection.execute(
                f"select {_COLUMNS} from api_key where hash = %s for update",  # noqa: S608
                (_hash(secret),),
            ).fetchone()
            if known is not None and known["scopes"] == wanted:
                return ApiKey(**known)
            row = connection.execute(
                f"""
                insert into api_key (key_id, name, prefix, hash, scopes, expires_at)
                values (%s, %s, %s, %s, %s, %s)
                on conflict (hash) do update set scopes = excluded.scopes
                returning {_COLUMNS}
                """,  # noqa: S608
                (new_id("key"), clean_text(name), secret[:_PREFIX_LENGTH], _hash(secret), wanted, expires_at),
            ).fetchone()
            assert row is not None  # noqa: S101 - an upsert always returns its row
            key = ApiKey(**row, created_by=None if known else actor)
            before = {"scopes": known["scopes"]} if known else None
            ends = {"expires_at": expires_at.isoformat()} if expires_at else {}
            after = {"name": key.name, "scopes": wanted, **ends}
            write_audit(connection, actor, "key.change" if known else "key.create", key.key_id, before, after)
        return key

    def find(self, secret: str) -> ApiKey | None:
        if not 16 <= len(secret) <= MAX_SECRET_LENGTH:
            return None
        with self._database.transaction() as connection:
            row = connection.execute(
                f"select {_COLUMNS} from api_key where hash = %s and revoked_at is null",  # noqa: S608
                (_hash(secret),),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "update api_key set last_used_at = now() where key_id = %s"
                " and (last_used_at is null or last_used_at < now() - interval '1 minute')"
                " and (expires_at is null or expires_at > now())",
                (row["key_id"],),
            )
        return ApiKey(**row)

    def list(self) -> Sequence[ApiKey]:
        with self._database.transaction() as connection:
            rows = connection.execute(
                f"select {_COLUMNS}, {_MADE_BY} from api_key order by created_at, key_id"  # noqa: S608
            )
            return [ApiKey(**row) for row in rows]

    def revoke(
        self, key_id: str, *, actor: str = SYSTEM, check: Callable[[ApiKey], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            there = connection.execute(
                f"select {_COLUMNS} from api_key where key_id = %s and revoked_at is null for update",  # noqa: S608
                (clean_text(key_id),),
            ).fetchone()
            if there is None:
                return False
            check(ApiKey(**there))
            connection.execute("update api_key set revoked_at = now() where key_id = %s", (there["key_id"],))
            write_audit(connection, actor, "key.revoke", there["key_id"], None, None)
        return True


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
