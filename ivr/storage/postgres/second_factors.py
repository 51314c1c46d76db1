"""Second factors in Postgres."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.users import SecondFactor
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Database


class PostgresSecondFactors:
    """A SecondFactorStore. What may happen once happens in one statement: two log-ins at the same moment cannot both
    use a code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, user_id: str) -> SecondFactor | None:
        row = self._database.fetch_one(
            "select user_id, sealed, confirmed_at, cardinality(recovery_hashes) as recovery_codes_left"
            " from second_factor where user_id = %s",
            (user_id,),
        )
        return SecondFactor(**row) if row else None

    def begin(self, user_id: str, sealed: str, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute(
                """
                insert into second_factor (user_id, sealed) values (%s, %s)
                on conflict (user_id) do update set sealed = excluded.sealed, begun_at = now()
                where second_factor.confirmed_at is null
                """,
                (user_id, sealed),
            )
            if done.rowcount:
                write_audit(connection, actor, "user.second_factor", user_id, None, {"second_factor": "begun"})
        return done.rowcount > 0

    def confirm(self, user_id: str, step: int, recovery_hashes: Sequence[str], *, actor: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute(
                "update second_factor set confirmed_at = now(), last_step = %s, recovery_hashes = %s"
                " where user_id = %s and confirmed_at is null",
                (step, list(recovery_hashes), user_id),
            )
            if done.rowcount:
                write_audit(connection, actor, "user.second_factor", user_id, None, {"second_factor": "in force"})
        return done.rowcount > 0

    def use_step(self, user_id: str, step: int) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute(
                "update second_factor set last_step = %(step)s"
                " where user_id = %(id)s and confirmed_at is not null and last_step < %(step)s",
                {"step": step, "id": user_id},
            )
        return done.rowcount > 0

    def use_recovery(self, user_id: str, recovery_hash: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute(
                "update second_factor set recovery_hashes = array_remove(recovery_hashes, %(hash)s)"
                " where user_id = %(id)s and confirmed_at is not null and %(hash)s = any(recovery_hashes)",
                {"hash": recovery_hash, "id": user_id},
            )
        return done.rowcount > 0

    def remove(self, user_id: str, *, actor: str) -> bool:
        with self._database.transaction() as connection:
            done = connection.execute("delete from second_factor where user_id = %s", (user_id,))
            if done.rowcount:
                write_audit(connection, actor, "user.second_factor", user_id, None, {"second_factor": "removed"})
        return done.rowcount > 0
