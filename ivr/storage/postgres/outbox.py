"""What the outboxes of webhooks and of notices have in common: what is due is claimed for a while by one sender, and
what is old goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from ivr.storage.postgres.database import Database


class DueMessage(Protocol):
    """`receiver`: the webhook or service it goes to."""

    @property
    def receiver(self) -> str: ...

    @property
    def message_id(self) -> str: ...

    @property
    def attempts(self) -> int: ...


Due = TypeVar("Due", bound=DueMessage)


class Outbox(Generic[Due]):
    """For the sender. Raises StorageUnavailable. `lease_s` is longer than an attempt may take, so that no two senders
    have one message, and a dead sender's is claimed after it. A receiver gets `at_once` of them at a time: a slow one
    holds up no other."""

    table: ClassVar[str]
    claiming: ClassVar[str]
    lease_s: ClassVar[int]
    at_once: ClassVar[int]

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, limit: int, busy: Sequence[str] = ()) -> list[Due]:
        """Claim messages that are due, for `lease_s`; none of receivers that are busy."""
        wanted = {"limit": limit, "busy": list(busy), "at_once": self.at_once, "lease_s": self.lease_s}
        with self._database.transaction() as connection:
            rows = connection.execute(self.claiming, wanted).fetchall()
        return [self._due(row) for row in rows]

    def waiting(self) -> int:
        row = self._database.fetch_one(f"select count(*) as n from {self.table} where state = 'waiting'")  # noqa: S608
        return int(row["n"]) if row else 0

    def _due(self, row: dict[str, Any]) -> Due:
        raise NotImplementedError


def old(row: str, since: str) -> str:
    """The SQL condition for a message that is kept no longer, by its row and the column with its age; %(delivered)s
    and %(dead)s are days."""
    return f"""
    ({row}.state in ('delivered', 'not_sent')
            and {row}.{since} < clock_timestamp() - make_interval(days => %(delivered)s)
        or {row}.state = 'dead' and {row}.{since} < clock_timestamp() - make_interval(days => %(dead)s))
"""
