"""Whether a number that is to be called is on a list of those that are not."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.call_records import utc_now
from ivr.domain.numbers import E164
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc import PostgresDnc
from ivr.storage.postgres.number_lists import PostgresNumberLists


class PostgresCallLists:
    """A CallLists."""

    def __init__(self, database: Database) -> None:
        self._dnc = PostgresDnc(database)
        self._lists = PostgresNumberLists(database)

    def find(self, number: E164, dnc_list: str | None, lists: Sequence[str], *, actor: str) -> str | None:
        _, matches = self._dnc.check([number], actor=actor, list_id=dnc_list)
        if matches:
            return f"the do-not-call list {matches[0].list_id}"
        now = utc_now()
        for name in lists:
            found = self._lists.find_number(name, number)
            if found is not None and found.listed.holds_at(now):
                return f"the list {name}"
        return None
