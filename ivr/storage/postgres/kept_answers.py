"""The answers to requests with an Idempotency-Key in Postgres. Those of the day before go when the next one comes."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg.types.json import Json

from ivr.ports.kept_answers import KEPT_S, KeptAnswer
from ivr.storage.postgres.database import Database

_MINE = "where actor = %(actor)s and key_hash = %(key_hash)s"
# As many as come in, and some more.
_EXPIRED = """
    delete from kept_answer where ctid = any(array(
        select ctid from kept_answer where begun_at < clock_timestamp() - make_interval(secs => %(kept_s)s)
        order by begun_at limit 20 for update skip locked))
"""
_BEGIN = """
    insert into kept_answer (actor, key_hash, request_hash) values (%(actor)s, %(key_hash)s, %(request_hash)s)
    on conflict (actor, key_hash) do update
        set request_hash = excluded.request_hash, begun_at = clock_timestamp(), status = null, headers = null,
            body = null
        where kept_answer.begun_at < clock_timestamp() - make_interval(secs => %(kept_s)s)
    returning true
"""
_FOUND = f"""
    select request_hash, extract(epoch from clock_timestamp() - begun_at)::float8 as age_s, status,
        coalesce(headers, '{{}}'::json) as headers, body
    from kept_answer {_MINE}
"""  # noqa: S608


class PostgresKeptAnswers:
    """A KeptAnswerStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, actor: str, key_hash: str, request_hash: str) -> KeptAnswer | None:
        values = {"actor": actor, "key_hash": key_hash, "request_hash": request_hash, "kept_s": KEPT_S}
        while True:
            with self._database.transaction() as connection:
                connection.execute(_EXPIRED, values)
                if connection.execute(_BEGIN, values).fetchone() is not None:
                    return None
                found = connection.execute(_FOUND, values).fetchone()
            if found is not None:
                return KeptAnswer(**found)
            # It was forgotten between the two statements, so the key is free again.

    def keep(self, actor: str, key_hash: str, status: int, headers: Mapping[str, str], body: str | None) -> None:
        values = {"actor": actor, "key_hash": key_hash, "status": status, "body": body}
        values |= {"headers": Json(dict(headers))}
        with self._database.transaction() as connection:
            connection.execute(
                f"update kept_answer set status = %(status)s, headers = %(headers)s, body = %(body)s {_MINE}",  # noqa: S608
                values,
            )

    def forget(self, actor: str, key_hash: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                f"delete from kept_answer {_MINE} and status is null",  # noqa: S608
                {"actor": actor, "key_hash": key_hash},
            )
