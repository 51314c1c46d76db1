"""Listed numbers that cannot exist, or that were received as something that is another number: named, never changed.

Releases up to this one took `5550170` for a whole number and `48055501580` for a Polish one; what was listed so stays
listed until somebody releases it, and the number that was meant has to be listed by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from psycopg.rows import dict_row

from ivr.domain.dnc.doubts import find_doubt
from ivr.storage.postgres.database import Connection, Database

_PAGE = 5_000
_PAGE_BUDGET_S = 60.0
# Nearly all entries are beyond doubt, which Postgres sees faster than a program would.
_DOUBTFUL = r"""
    select list_id, entry_id, number, number_raw, source, first_at from suppression
    where number is not null and released_at is null and (list_id, entry_id) > (%s, %s)
        and not (number ~ '^\+1[2-9][0-9]{9}$' and number !~ '^\+1([0-9])\1{9}$'
            and right(regexp_replace(number_raw, '[^0-9]', '', 'g'), 10) = right(number, 10))
    order by list_id, entry_id limit %s
"""


class DoubtfulEntry(NamedTuple):
    list_id: str
    number: str
    number_raw: str
    source: str
    first_at: datetime
    doubt: str


class DoubtfulDid(NamedTuple):
    """A number assigned to a menu."""

    did: str
    ivr_id: str
    doubt: str


def list_doubtful(database: Database, region: str) -> Iterator[DoubtfulEntry]:
    """All lists' entries that somebody should look at, a page a transaction."""
    after = ("", "")
    while True:
        with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
            found, last = _page(connection, region, after)
        yield from found
        if last is None:
            return
        after = last


def count_impossible(connection: Connection) -> int:
    """How many listed numbers cannot exist."""
    count, after = 0, ("", "")
    while True:
        found, last = _page(connection, None, after)
        count += len(found)
        if last is None:
            return count
        after = last


def list_doubtful_dids(connection: Connection) -> list[DoubtfulDid]:
    """Numbers that lead to a menu and that nobody can call."""
    with connection.cursor(row_factory=dict_row) as rows:
        found = rows.execute("select did, ivr_id from did order by did").fetchall()
    doubts = ((row, find_doubt(row["did"], row["did"], None)) for row in found)
    return [DoubtfulDid(row["did"], row["ivr_id"], doubt) for row, doubt in doubts if doubt is not None]


def _page(
    connection: Connection, region: str | None, after: tuple[str, str]
) -> tuple[list[DoubtfulEntry], tuple[str, str] | None]:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_DOUBTFUL, (*after, _PAGE)).fetchall()
    found = []
    for row in rows:
        doubt = find_doubt(row["number"], row["number_raw"], region)
        if doubt is not None:
            at = row["first_at"]
            found.append(DoubtfulEntry(row["list_id"], row["number"], row["number_raw"], row["source"], at, doubt))
    last = (rows[-1]["list_id"], rows[-1]["entry_id"]) if len(rows) == _PAGE else None
    return found, last
