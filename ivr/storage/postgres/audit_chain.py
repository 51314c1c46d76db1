"""Chains the entries of the audit log, and checks them."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.audit_chain import FIRST_HASH, AuditCheck, audit_hash
from ivr.domain.retention import PRUNE_ACTION, YOUNGEST_AUDIT, AuditPrune, prune_of_entry
from ivr.domain.signed_heads import AUDIT_CHAIN, Anchor, AnchorCheck
from ivr.storage.postgres.chain_report import ChainReport
from ivr.storage.postgres.database import Connection, Database

_BATCH = 1_000
_PAGE_BUDGET_S = 30.0
_CONTENT = "action, actor, after::text as after, at, before::text as before, subject"
_UNCHAINED = f"""
    select id, {_CONTENT} from audit_log
    where id in (select entry_id from audit_unchained order by entry_id limit %s) order by id
"""  # noqa: S608
_PAGE = f"""
    select chained.seq, chained.entry_id as id, chained.previous_hash, chained.hash, {_CONTENT}
    from audit_chain chained left join audit_log entry on entry.id = chained.entry_id
    where chained.seq > %s order by chained.seq limit %s
"""  # noqa: S608
_PRUNES = """
    select e.after, e.at from audit_log e join audit_chain c on c.entry_id = e.id
    where e.action = %s order by e.id desc limit 1
"""
_LOOSE = """
    select id from audit_log where not exists (select from audit_chain where entry_id = audit_log.id)
        and not exists (select from audit_unchained where entry_id = audit_log.id)
    order by id limit 1
"""


def chain_audit_entries(database: Database) -> int:
    """Chain what was written since the last time, in batches; the number of entries."""
    count = 0
    while True:
        with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
            chained = _chain_batch(connection)
        count += chained
        if chained < _BATCH:
            return count


def _chain_batch(connection: Connection) -> int:
    # One writer at a time: the next one reads the end that this one leaves.
    connection.execute("lock table audit_chain in exclusive mode")
    rows = connection.execute(_UNCHAINED, (_BATCH,)).fetchall()
    if not rows:
        return 0
    end = connection.execute("select seq, hash from audit_chain order by seq desc limit 1").fetchone()
    seq, previous = (end["seq"], end["hash"]) if end else (0, FIRST_HASH)
    links = []
    for row in rows:
        seq += 1
        following = audit_hash({**row, "seq": seq, "previous_hash": previous})
        links.append((seq, row["id"], previous, following))
        previous = following
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into audit_chain (seq, entry_id, previous_hash, hash) values (%s, %s, %s, %s)", links
        )
    connection.execute("delete from audit_unchained where entry_id = any(%s)", ([row["id"] for row in rows],))
    return len(rows)


def verify_audit_log(database: Database, *, anchors: Sequence[Anchor] = ()) -> ChainReport:
    """Read every entry in the order of the chain; entries that are not yet chained are left for the next time."""
    prune = _last_prune(database)
    if prune is not None and (fault := _find_false_prune(prune, anchors)):
        return ChainReport(AUDIT_CHAIN, 0, FIRST_HASH, fault)
    check, noted = AuditCheck(prune.through if prune else 0), AnchorCheck(anchors)
    while True:
        with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
            entries = connection.execute(_PAGE, (check.seq, _BATCH)).fetchall()
        for entry in entries:
            fault = check.find_fault(entry) or noted.find_fault(check.seq, check.hash)
            if fault is not None:
                return ChainReport(AUDIT_CHAIN, check.seq, check.hash, fault, check.pruned)
        if len(entries) < _BATCH:
            break
    fault = noted.find_cut(check.seq) or _find_loose_entry(database)
    return ChainReport(AUDIT_CHAIN, check.seq, check.hash, fault, check.pruned)


def _last_prune(database: Database) -> AuditPrune | None:
    """What the last chained entry about it says."""
    with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
        row = connection.execute(_PRUNES, (PRUNE_ACTION,)).fetchone()
    return prune_of_entry(row["after"], row["at"]) if row else None


def _find_false_prune(prune: AuditPrune, anchors: Sequence[Anchor]) -> str | None:
    """Why the retention cannot have let these entries go, or None."""
    said = f"events up to {prune.through} are said to be pruned by retention, but"
    if not prune.is_allowed():
        return f"{said} they were younger than {YOUNGEST_AUDIT.days} days"
    for anchor in anchors:
        if anchor.at is not None and anchor.seq < prune.through and anchor.at > prune.before:
            return f"{said} event {anchor.seq} was {anchor.noted}, so some of them were younger than it says"
    return None


def _find_loose_entry(database: Database) -> str | None:
    with database.transaction(budget_s=_PAGE_BUDGET_S) as connection:
        row = connection.execute(_LOOSE).fetchone()
    return None if row is None else f"entry {row['id']} is in no chain: it was put into the audit log unseen"
