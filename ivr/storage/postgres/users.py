"""Users in Postgres, their passwords as Argon2id."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import gevent
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ivr.domain.call_records import new_id
from ivr.domain.errors import UserTaken
from ivr.domain.users import MAX_PASSWORD, MIN_PASSWORD, User
from ivr.ports.checks import accept
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database, clean_text

_COLUMNS = """user_id, name, scopes, created_at, disabled_at, last_login_at, exists (
    select from second_factor f where f.user_id = app_user.user_id and f.confirmed_at is not null
) as has_second_factor"""
# OWASP's first recommendation: 19 MiB, two passes.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Hashing takes memory on purpose; a flood of log-ins must not take all of it.
_AT_ONCE = threading.BoundedSemaphore(4)


class PostgresUsers:
    """A UserStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dummy = ""

    def create(self, name: str, password: str, scopes: Sequence[str], *, actor: str) -> User:
        hashed = hash_password(password)
        scopes = list(dict.fromkeys(scopes))
        with self._database.transaction() as connection:
            row = connection.execute(
                f"insert into app_user (user_id, name, password_hash, scopes) values (%s, %s, %s, %s)"  # noqa: S608
                f" on conflict do nothing returning {_COLUMNS}",
                (new_id("user"), clean_text(name), hashed, scopes),
            ).fetchone()
            if row is None:
                raise UserTaken(name)
            write_audit(connection, actor, "user.create", row["user_id"], None, {"name": name, "scopes": scopes})
        return User(**row)

    def check(self, name: str, password: str) -> User | None:
        row = self._database.fetch_one(
            "select user_id, password_hash from app_user where lower(name) = lower(%s) and disabled_at is null",
            (clean_text(name),),
        )
        # Made before it is needed, since the time to make it would reveal an unknown name.
        dummy = self._dummy_hash()
        if not _matches(row["password_hash"] if row else dummy, password) or row is None:
            return None
        with self._database.transaction() as connection:
            found = connection.execute(
                f"update app_user set last_login_at = now() where user_id = %s and disabled_at is null"  # noqa: S608
                f" and password_hash = %s returning {_COLUMNS}",
                (row["user_id"], row["password_hash"]),
            ).fetchone()
        return User(**found) if found else None

    def find(self, user_id: str) -> User | None:
        row = self._database.fetch_one(f"select {_COLUMNS} from app_user where user_id = %s", (user_id,))  # noqa: S608
        return User(**row) if row else None

    def list(self) -> Sequence[User]:
        with self._database.transaction() as connection:
            rows = connection.execute(f"select {_COLUMNS} from app_user order by lower(name)")  # noqa: S608
            return [User(**row) for row in rows]

    def change(
        self,
        user_id: str,
        *,
        actor: str,
        password: str | None = None,
        scopes: Sequence[str] | None = None,
        disabled: bool | None = None,
        check: Callable[[User], object] = accept,
    ) -> User | None:
        hashed = None if password is None else hash_password(password)
        with self._database.transaction() as connection:
            before = connection.execute(
                f"select {_COLUMNS} from app_user where user_id = %s for update",  # noqa: S608
                (user_id,),
            ).fetchone()
            if before is None:
                return None
            check(User(**before))
            after = connection.execute(
                f"""
                update app_user set password_hash = coalesce(%s, password_hash),
                    scopes = coalesce(%s::text[], scopes),
                    disabled_at = case %s::bool when true then coalesce(disabled_at, now()) when false then null
                        else disabled_at end
                where user_id = %s returning {_COLUMNS}
                """,  # noqa: S608
                (hashed, None if scopes is None else list(dict.fromkeys(scopes)), disabled, user_id),
            ).fetchone()
            assert after is not None  # noqa: S101 - its row is locked
            if hashed is not None or after["disabled_at"] is not None:
                connection.execute("delete from web_session where user_id = %s", (user_id,))
            changed = {"password": "changed"} if hashed is not None else {}
            write_audit(connection, actor, "user.change", user_id, _shown(before), {**_shown(after), **changed})
        return User(**after)

    def _dummy_hash(self) -> str:
        if not self._dummy:
            self._dummy = hash_password("nobody has this password")
        return self._dummy


def hash_password(password: str) -> str:
    """Argon2id with its salt and costs; raises ValueError for one that is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise ValueError(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters")
    return str(_aside(_HASHER.hash, password.encode("utf-8", "replace")))


def _matches(hashed: str, password: str) -> bool:
    if len(password) > MAX_PASSWORD:
        password = ""
    return bool(_aside(_verify, hashed, password.encode("utf-8", "replace")))


def _verify(hashed: str, password: bytes) -> bool:
    # Returned, not raised: gevent would log what is raised in its thread.
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _aside(work: Any, *arguments: Any) -> Any:
    """Hash in a thread of its own, so that the greenlets of this process run meanwhile."""
    with _AT_ONCE:
        return gevent.get_hub().threadpool.apply(work, arguments)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {"name": row["name"], "scopes": row["scopes"], "disabled": row["disabled_at"] is not None}
