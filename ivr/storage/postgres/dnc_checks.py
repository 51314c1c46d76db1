"""Queries of diallers: which of these numbers are listed, and what has changed. Every check is logged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from ivr.domain.call_records import new_id
from ivr.ports.dnc import Asked, DncCheck, DncMatch
from ivr.ports.pages import ListPage
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.paging import make_page, pack_cursor, rows_wanted, unpack_time_cursor

_CHECK_COLUMNS = "check_id, at, actor, list_id, seller, numbers, listed, numbers_sha256"
# A list of scope `all` counts in every check; others in checks that name them or their seller.
_LISTED = """
    select s.number, s.list_id, s.first_at
    from suppression_list l
        join suppression s on s.list_id = l.list_id and s.number = any(%(numbers)s) and s.released_at is null
    where l.scope = 'all' or l.list_id = %(list_id)s or l.seller = %(seller)s
    order by s.number, s.list_id
"""
_LOG = f"""
    insert into suppression_check (check_id, actor, list_id, seller, numbers, listed, numbers_sha256)
    values (%s, %s, %s, %s, %s, %s, %s) returning {_CHECK_COLUMNS}
"""  # noqa: S608


def check_numbers(
    connection: Connection, numbers: Sequence[str], list_id: str | None, seller: str | None, actor: str
) -> tuple[DncCheck, list[DncMatch]]:
    """The log entry of this check, and the numbers that are listed."""
    values = {"numbers": list(numbers), "list_id": list_id, "seller": seller}
    listed = [DncMatch(**row) for row in connection.execute(_LISTED, values)]
    digest = _digest(numbers)
    found = len({each.number for each in listed})
    row = connection.execute(
        _LOG, (new_id("check"), actor, list_id, seller, len(set(numbers)), found, digest)
    ).fetchone()
    assert row is not None  # noqa: S101 - an insert returns its row or raises
    return DncCheck(**row), listed


def list_checks(connection: Connection, limit: int, cursor: str | None) -> ListPage[DncCheck]:
    after = unpack_time_cursor(cursor)
    where = " where (at, check_id) < (%(at)s, %(id)s)" if after else ""
    rows = connection.execute(
        f"select {_CHECK_COLUMNS} from suppression_check{where} order by at desc, check_id desc limit %(limit)s",  # noqa: S608
        {"limit": rows_wanted(limit), **({"at": after[0], "id": after[1]} if after else {})},
    ).fetchall()
    return make_page(
        rows, limit, lambda row: DncCheck(**row), lambda row: pack_cursor(row["at"].isoformat(), row["check_id"])
    )


def count_checks(connection: Connection, number: str, since: datetime) -> Asked:
    """Those of this number alone since then."""
    row = connection.execute(
        "select count(*) as times, count(*) filter (where listed > 0) as listed from suppression_check"
        " where numbers_sha256 = %s and at >= %s",
        (_digest([number]), since),
    ).fetchone()
    return Asked(row["times"], row["listed"]) if row else Asked(0, 0)


def _digest(numbers: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(numbers))).encode()).hexdigest()
