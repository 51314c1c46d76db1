"""Checks a do-not-call list: its whole chain, and its entries against its events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivr.domain.dnc.chain import ChainCheck
from ivr.domain.errors import ListNotFound
from ivr.domain.signed_heads import Anchor, AnchorCheck, chain_of_list
from ivr.storage.postgres.chain_report import ChainReport
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.dnc_events import EVENT_COLUMNS

_PAGE = 5_000
_PAGE_BUDGET_S = 30.0
_ENTRIES_BUDGET_S = 55.0
# An entry is released when its newest event is a release.
_ENTRIES = """
    with told as (
        select entry_id, min(number) as number, count(*) as events,
            min(pressed_at) filter (where kind = 'opt_out') as first_at,
            max(seq) filter (where kind = 'opt_out') < max(seq) as released
        from suppression_event where list_id = %(list_id)s group by entry_id
    ), kept as (select * from suppression where list_id = %(list_id)s)
    select coalesce(kept.entry_id, told.entry_id) as entry_id, kept.entry_id is null as entry_missing
    from kept full join told using (entry_id)
    where kept.entry_id is null or told.entry_id is null or kept.events <> told.events
        or kept.number is distinct from told.number or kept.first_at <> told.first_at
        or (kept.released_at is not null) <> told.released
    order by 1 limit 1
"""


def verify_list(
    database: Database,
    list_id: str,
    *,
    anchors: Sequence[Anchor] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> ChainReport:
    """Reads every event, oldest first, a page a transaction; those that come meanwhile are left for the next time.
    `anchors` are hashes known from elsewhere. `progress` gets (done, total). Raises ListNotFound."""
    with database.transaction() as connection:
        head = connection.execute(
            "select head_seq, head_hash from suppression_list where list_id = %s", (list_id,)
        ).fetchone()
    if head is None:
        raise ListNotFound(list_id)
    check, noted = ChainCheck(list_id), AnchorCheck(anchors)
    fault = None
    while fault is None and check.seq < head["head_seq"]:
        with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
            events = connection.execute(
                f"select {EVENT_COLUMNS} from suppression_event"  # noqa: S608
                " where list_id = %s and seq > %s and seq <= %s order by seq limit %s",
                (list_id, check.seq, head["head_seq"], _PAGE),
            ).fetchall()
        if not events:
            fault = f"the end is missing: {head['head_seq']} events were written, {check.seq} are there"
        for event in events:
            fault = check.find_fault(event) or noted.find_fault(check.seq, check.hash)
            if fault is not None:
                break
        progress(check.seq, head["head_seq"])
    fault = fault or noted.find_cut(check.seq)
    if fault is None and check.hash != head["head_hash"]:
        fault = f"the list's head does not have the hash of its last event ({check.seq})"
    fault = fault or _find_entry_fault(database, list_id)
    return ChainReport(chain_of_list(list_id), check.seq, check.hash, fault)


def _find_entry_fault(database: Database, list_id: str) -> str | None:
    with database.transaction(budget_s=_ENTRIES_BUDGET_S) as connection:
        row = connection.execute(_ENTRIES, {"list_id": list_id}).fetchone()
    if row is None:
        return None
    if row["entry_missing"]:
        return f"{row['entry_id']} has events and is not on the list"
    return f"the entry {row['entry_id']} does not say what its events say"
