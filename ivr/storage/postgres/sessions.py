"""Sessions in Postgres, by the hash of their token: a reader of the table cannot use them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence

from ivr.domain.call_records import new_id
from ivr.domain.users import IDLE, LONGEST, UserSession
from ivr.ports.checks import accept
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database

TOKEN_LENGTH = 43

# A session in force: it has not ended, nor has its key or user.
_IN_FORCE = """
    select s.session_id, coalesce(s.key_id, s.user_id) as actor, coalesce(k.name, u.name) as name,
        coalesce(k.scopes, u.scopes) as scopes, s.created_at, s.seen_at, p.zone,
        coalesce(p.developer, s.key_id is not null) as developer
    from web_session s left join api_key k using (key_id) left join app_user u using (user_id)
        left join preference p on p.actor = coalesce(s.key_id, s.user_id)
    where s.seen_at > now() - %(idle)s and s.created_at > now() - %(longest)s
        and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.disabled_at is null
"""
_TIMES = {"idle": IDLE, "longest": LONGEST}


class PostgresSessions:
    """A SessionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, actor: str) -> tuple[str, UserSession]:
        token = secrets.token_urlsafe(32)
        column = "user_id" if actor.startswith("user_") else "key_id"
        with self._database.transaction() as connection:
            connection.execute(
                "delete from web_session where seen_at < now() - %(idle)s or created_at < now() - %(longest)s", _TIMES
            )
            session_id = new_id("session")
            connection.execute(
                f"insert into web_session (session_id, token_hash, {column}) values (%s, %s, %s)",  # noqa: S608
                (session_id, _hash(token), actor),
            )
            row = connection.execute(
                _IN_FORCE + " and s.session_id = %(id)s", {**_TIMES, "id": session_id}
            ).fetchone()
            write_audit(connection, actor, "session.open", session_id, None, None)
        assert row is not None  # noqa: S101 - it was just written
        return token, UserSession(**row)

    def find(self, token: str) -> UserSession | None:
        if len(token) != TOKEN_LENGTH:
            return None
        with self._database.transaction() as connection:
            row = connection.execute(
                _IN_FORCE + " and s.token_hash = %(hash)s", {**_TIMES, "hash": _hash(token)}
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "update web_session set seen_at = now() where session_id = %s"
                " and seen_at < now() - interval '1 minute'",
                (row["session_id"],),
            )
        return UserSession(**row)

    def list(self) -> Sequence[UserSession]:
        with self._database.transaction() as connection:
            return [UserSession(**row) for row in connection.execute(_IN_FORCE + " order by s.seen_at desc", _TIMES)]

    def close(
        self, session_id: str, *, actor: str, check: Callable[[UserSession], object] = accept
    ) -> bool:
        with self._database.transaction() as connection:
            row = connection.execute(
                _IN_FORCE + " and s.session_id = %(id)s for update of s", {**_TIMES, "id": session_id}
            ).fetchone()
            if row is None:
                return False
            check(UserSession(**row))
            connection.execute("delete from web_session where session_id = %s", (session_id,))
            write_audit(connection, actor, "session.close", session_id, None, None)
        return True


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
