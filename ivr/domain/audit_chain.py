"""The chain of the audit log: every entry carries the hash of the one before it.

An entry's hash is the SHA-256 of its canonical JSON (RFC 8785), with the fields of HASHED in alphabetical order.
`before` and `after` are hashed as the texts that the database keeps. The rule never changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

HASHED = ("action", "actor", "after", "at", "before", "id", "previous_hash", "seq", "subject")
FIRST_HASH = hashlib.sha256(b"digitree audit log").hexdigest()


def audit_hash(entry: Mapping[str, Any]) -> str:
    """64 hex digits. `entry` has the fields of HASHED: `at` with its zone, `before` and `after` as JSON text or
    None."""
    document = {name: entry[name] for name in HASHED}
    document["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


class AuditCheck:
    """Checks entries, one after the other in the order of `seq`. Of those up to `pruned_through` only the links need
    be there; `pruned` counts them."""

    def __init__(self, pruned_through: int = 0) -> None:
        self.seq = 0
        self.hash = FIRST_HASH
        self.pruned = 0
        self._pruned_through = pruned_through

    def find_fault(self, entry: Mapping[str, Any]) -> str | None:
        """What is wrong with the next entry, or None; after a fault the check is over. `entry` is as for audit_hash,
        with its `hash`; its `at` is None when the entry itself is gone."""
        if entry["seq"] != self.seq + 1:
            return f"event {self.seq + 1} is missing: after {self.seq} comes {entry['seq']}"
        name = f"event {entry['seq']} (entry {entry['id']})"
        is_pruned = entry["at"] is None and entry["seq"] <= self._pruned_through
        if entry["at"] is None and not is_pruned:
            return f"{name} is missing in the audit log"
        if entry["previous_hash"] != self.hash:
            return f"{name} does not follow event {self.seq}: its previous_hash is not that event's hash"
        if is_pruned:
            self.pruned += 1
        elif audit_hash(entry) != entry["hash"]:
            return f"{name} was changed: its content does not give its hash"
        self.seq, self.hash = entry["seq"], entry["hash"]
        return None
