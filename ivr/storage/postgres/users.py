"""Users in Postgres, their passwords as Argon2id."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any, LiteralString

import gevent
import psycopg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ivr.domain.call_records import new_id
from ivr.domain.errors import LastOwner, MailTaken, UserTaken
from ivr.domain.roles import is_owner
from ivr.domain.users import MAX_PASSWORD, MIN_PASSWORD, User
from ivr.ports.checks import accept
from ivr.ports.users import PasswordHolder
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database, clean_text

_COLUMNS = """user_id, name, scopes, created_at, disabled_at, last_login_at, mail, mail_confirmed_at, exists (
    select from second_factor f where f.user_id = app_user.user_id and f.confirmed_at is not null
) as has_second_factor"""
# By name, else by an address that was confirmed: the name, three times.
_NAMED = """disabled_at is null and (
        lower(name) = lower(%s) or lower(mail) = lower(%s) and mail_confirmed_at is not null)
    order by lower(name) = lower(%s) desc limit 1"""
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
            f"select user_id, password_hash from app_user where {_NAMED}",  # noqa: S608
            [clean_text(name)] * 3,
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
        mail: str | None = None,
        check: Callable[[User], object] = accept,
    ) -> User | None:
        hashed = None if password is None else hash_password(password)
        with self._database.transaction() as connection:
            owners = _lock_owners(connection)
            before = connection.execute(
                f"select {_COLUMNS} from app_user where user_id = %s for update",  # noqa: S608
                (user_id,),
            ).fetchone()
            if before is None:
                return None
            check(User(**before))
            keeps = is_owner(before["scopes"] if scopes is None else scopes) and disabled is not True
            if owners == {user_id} and not keeps:
                raise LastOwner
            after = connection.execute(
                f"""
                update app_user set password_hash = coalesce(%s, password_hash),
                    scopes = coalesce(%s::text[], scopes),
                    disabled_at = case %s::bool when true then coalesce(disabled_at, now()) when false then null
                        else disabled_at end,
                    mail_confirmed_at = case when %s::text is null or %s::text is not distinct from mail
                        then mail_confirmed_at end,
                    mail = case when %s::text is null then mail else nullif(%s::text, '') end
                where user_id = %s returning {_COLUMNS}
                """,  # noqa: S608
                (hashed, None if scopes is None else list(dict.fromkeys(scopes)), disabled, *([mail] * 4), user_id),
            ).fetchone()
            assert after is not None  # noqa: S101 - its row is locked
            if hashed is not None or after["disabled_at"] is not None:
                connection.execute("delete from web_session where user_id = %s", (user_id,))
            changed = {"password": "changed"} if hashed is not None else {}
            write_audit(connection, actor, "user.change", user_id, _shown(before), {**_shown(after), **changed})
        return User(**after)

    def confirm_mail(self, user_id: str, mail: str) -> bool:
        with self._database.transaction() as connection:
            try:
                done = connection.execute(
                    "update app_user set mail_confirmed_at = coalesce(mail_confirmed_at, now())"
                    " where user_id = %s and mail = %s",
                    (user_id, mail),
                )
            except psycopg.errors.UniqueViolation:
                raise MailTaken from None
            if done.rowcount:
                write_audit(connection, user_id, "user.mail_confirm", user_id, None, {"mail": mail})
            return done.rowcount > 0

    def find_for_reset(self, name: str) -> PasswordHolder | None:
        return self._holder(_NAMED, [clean_text(name)] * 3)

    def find_holder(self, user_id: str) -> PasswordHolder | None:
        return self._holder("disabled_at is null and user_id = %s", [user_id])

    def _holder(self, which: LiteralString, values: Sequence[str]) -> PasswordHolder | None:
        query = f"select {_COLUMNS}, password_hash from app_user where {which}"  # noqa: S608
        found = self._database.fetch_one(query, values)
        if found is None or found["mail"] is None or found["mail_confirmed_at"] is None:
            return None
        fingerprint = _fingerprint(found.pop("password_hash"))
        return PasswordHolder(User(**found), fingerprint)

    def reset_password(self, user_id: str, fingerprint: str, password: str) -> bool:
        hashed = hash_password(password)
        with self._database.transaction() as connection:
            row = connection.execute(
                "select password_hash from app_user where user_id = %s and disabled_at is null for update", (user_id,)
            ).fetchone()
            if row is None or _fingerprint(row["password_hash"]) != fingerprint:
                return False
            connection.execute("update app_user set password_hash = %s where user_id = %s", (hashed, user_id))
            connection.execute("delete from web_session where user_id = %s", (user_id,))
            write_audit(connection, user_id, "user.password_reset", user_id, None, {"password": "changed"})
        return True

    def _dummy_hash(self) -> str:
        if not self._dummy:
            self._dummy = hash_password("nobody has this password")
        return self._dummy


def _lock_owners(connection: Connection) -> set[str]:
    """The ids of the owners who can log in; two changes at once cannot each take the other for the last one."""
    rows = connection.execute(
        "select user_id, scopes from app_user where disabled_at is null and 'admin' = any(scopes)"
        " order by user_id for update"
    )
    return {row["user_id"] for row in rows if is_owner(row["scopes"])}


def _fingerprint(hashed: str) -> str:
    return hashlib.sha256(hashed.encode()).hexdigest()


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
    shown = {name: row[name] for name in ("name", "scopes", "mail")}
    return {**shown, "disabled": row["disabled_at"] is not None}
