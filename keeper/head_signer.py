"""Chains the audit log and signs the heads of all chains: first into the witness file, then into Postgres, from where
webhooks carry them away."""

from __future__ import annotations

import logging
import threading
import time

from ivr.clients.time_stamps import TimeStampError, TimeStampServer
from ivr.domain.call_records import utc_now
from ivr.domain.errors import StorageError
from ivr.domain.signed_heads import HeadSigner, SignedHead
from ivr.storage.disk.witness_file import WitnessFile
from ivr.storage.postgres.audit_chain import chain_audit_entries
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.signed_heads import ChainHead, heads_to_sign, keep_heads

log = logging.getLogger(__name__)

# What was written since the last signature can be cut off unseen.
EVERY_S = 5.0
LOUD_EVERY_S = 600.0
STAMP_EVERY_S = 3600.0


class HeadKeeper:
    """`stamps` gives time stamps to signed heads, one an hour for each chain."""

    def __init__(
        self, database: Database, signer: HeadSigner, witness: WitnessFile, stamps: TimeStampServer | None = None
    ) -> None:
        self._database = database
        self._signer = signer
        self._witness = witness
        self._stamps = stamps
        self._stamped_at: dict[str, float] = {}
        self._newest = witness.newest(signer.key)
        self._loud_at = float("-inf")
        self.broken = 0

    def run(self, stopping: threading.Event) -> None:
        """Look again and again, and once more at the end."""
        while True:
            stopped = stopping.wait(EVERY_S)
            try:
                self.look()
            except (StorageError, OSError) as error:
                self._say("the heads of the chains cannot be signed: %s", error)
            if stopped:
                return

    def look(self) -> None:
        """Raises StorageError, and OSError when the witness file takes nothing."""
        chain_audit_entries(self._database)
        heads = heads_to_sign(self._database, self._signer.key)
        if forgotten := [self._newest[head.chain] for head in heads if self._is_forgotten(head)]:
            keep_heads(self._database, forgotten)
            heads = heads_to_sign(self._database, self._signer.key)
        broken = [head for head in heads if head.is_broken]
        self.broken = len(broken)
        for head in broken:
            self._say(
                "%s: event %d was signed and is no longer what it was (the chain ends with event %d);"
                " `digitree dnc verify` and `digitree audit verify` say more. The chain is not signed any more",
                head.chain,
                head.signed_seq,
                head.seq,
            )
        self._sign([head for head in heads if not head.is_broken])

    def _is_forgotten(self, head: ChainHead) -> bool:
        """Whether the database has lost what this witness file knows of the chain."""
        return head.chain in self._newest and head.signed_seq < self._newest[head.chain].seq

    def _sign(self, heads: list[ChainHead]) -> None:
        if not heads:
            return
        now = utc_now()
        signed = [self._signer.sign(head.chain, head.seq, head.hash, now) for head in heads]
        self._witness.append(signed)
        self._newest |= {head.chain: head for head in signed}
        keep_heads(self._database, signed)
        if self._stamps is not None:
            self._stamp(self._stamps, signed)

    def _stamp(self, stamps: TimeStampServer, heads: list[SignedHead]) -> None:
        for head in heads:
            now = time.monotonic()
            if now - self._stamped_at.get(head.chain, float("-inf")) < STAMP_EVERY_S:
                continue
            self._stamped_at[head.chain] = now
            try:
                self._witness.keep_stamp(head, stamps.stamp(head.statement()))
            except (TimeStampError, OSError) as error:
                self._say("%s has no time stamp: %s", head.chain, error)

    def _say(self, text: str, *values: object) -> None:
        if time.monotonic() - self._loud_at > LOUD_EVERY_S:
            self._loud_at = time.monotonic()
            log.error(text, *values)
