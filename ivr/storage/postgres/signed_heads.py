"""The heads of all chains as they stand, and those that were signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from ivr.domain.signed_heads import AUDIT_CHAIN, SignedHead, chain_of_list
from ivr.domain.webhooks import WebhookNote
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.webhook_outbox import note

_COLUMNS = "chain, seq, hash, at, key, signature"
# `signed_seq` of this key's newest head, and the hash that this event has now.
_HEADS = """
    with head as (
        select %(list_chain)s || list_id as chain, list_id, head_seq as seq, head_hash as hash
        from suppression_list
        union all
        select %(audit)s, null, seq, hash from (select seq, hash from audit_chain order by seq desc limit 1) newest
    )
    select head.chain, head.seq, head.hash, signed.seq as signed_seq, signed.hash as signed_hash,
        case when head.list_id is null then (select hash from audit_chain c where c.seq = signed.seq)
            else (select hash from suppression_event e where e.list_id = head.list_id and e.seq = signed.seq)
        end as hash_now
    from head left join lateral (
        select seq, hash from signed_head s where s.chain = head.chain and s.key = %(key)s order by seq desc limit 1
    ) signed on true
    where head.seq is distinct from coalesce(signed.seq, 0) or head.hash <> signed.hash
    order by head.chain limit 1000
"""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of a chain. `signed_seq` is the newest event that this key has signed (0: none); `is_broken`: that
    event is gone, or is another one."""

    chain: str
    seq: int
    hash: str
    signed_seq: int
    is_broken: bool


def heads_to_sign(database: Database, key: str) -> list[ChainHead]:
    """The chains whose head is not the one that `key` signed last."""
    values = {"list_chain": chain_of_list(""), "audit": AUDIT_CHAIN, "key": key}
    with database.transaction() as connection:
        rows = connection.execute(_HEADS, values).fetchall()
    return [
        ChainHead(
            row["chain"],
            row["seq"],
            row["hash"],
            row["signed_seq"] or 0,
            row["signed_seq"] is not None and row["hash_now"] != row["signed_hash"],
        )
        for row in rows
    ]


def keep_heads(database: Database, heads: Sequence[SignedHead]) -> None:
    """Keep signed heads, and note them for webhooks."""
    with database.transaction() as connection:
        for head in heads:
            _keep(connection, head)


def _keep(connection: Connection, head: SignedHead) -> None:
    document = asdict(head)
    kept = connection.execute(
        f"insert into signed_head ({_COLUMNS})"  # noqa: S608
        " values (%(chain)s, %(seq)s, %(hash)s, %(at)s, %(key)s, %(signature)s)"
        " on conflict do nothing returning seq",
        document,
    ).fetchone()
    if kept is not None:
        message_id = f"msg_head_{hashlib.sha256(head.statement()).hexdigest()[:24]}"
        order = f"chain {head.chain}"
        note(connection, WebhookNote(message_id, "chain.signed", head.chain, data=document, order_key=order))


def signed_heads(database: Database, chain: str) -> list[SignedHead]:
    """All that were signed of a chain, by any key, oldest first."""
    with database.transaction() as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from signed_head where chain = %s order by seq",  # noqa: S608
            (chain,),
        ).fetchall()
    return [SignedHead(**row) for row in rows]


def newest_heads(connection: Connection, chains: Sequence[str]) -> Mapping[str, SignedHead]:
    """The newest signed head of each chain that has one."""
    rows = connection.execute(
        f"select distinct on (chain) {_COLUMNS} from signed_head"  # noqa: S608
        " where chain = any(%s) order by chain, seq desc, at desc",
        (list(chains),),
    ).fetchall()
    return {row["chain"]: SignedHead(**row) for row in rows}
