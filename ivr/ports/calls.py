"""Call records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.searched import EVERYTHING, Searched
from ivr.ports.pages import DEFAULT_LIMIT, ListPage

CallSort = Literal["started_at", "-started_at"]


@dataclass(frozen=True, slots=True)
class CallFilter:
    """`since` is inclusive, `until` exclusive; both compare with the start of the call. `search`: only calls from or
    to such numbers, of menus with such names, or with this id. `test`: only test calls, or only real ones."""

    did: str | None = None
    ani: str | None = None
    ivr_id: str | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    search: Searched = EVERYTHING
    test: bool | None = None


class CallStore(Protocol):
    """Call records. Starts and ends may come twice and in any order; the record of a later worker of the same call
    (more `take_overs`) wins, and an end wins over a start."""

    def started(self, record: CallRecord, *, writer: str = "") -> None: ...

    def ended(self, record: CallRecord, *, writer: str = "") -> None: ...

    def find(self, call_id: str) -> CallRecord | None: ...

    def count_by_menu(self, ivr_ids: Sequence[str], since: datetime) -> Mapping[str, int]:
        """The number of calls of these menus that began since then, without test calls; a menu without any is
        absent."""

    def count(self, wanted: CallFilter | None = None, *, at_most: int) -> int:
        """How many calls there are of these; beyond `at_most` they are not counted on."""

    def list(
        self,
        wanted: CallFilter | None = None,
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
        sort: CallSort | None = None,
    ) -> ListPage[CallRecord]:
        """The newest first unless `sort` says otherwise."""

