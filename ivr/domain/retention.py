"""How long what is recorded is kept. Opt-outs are not part of it: they are kept for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# The database itself lets no younger entry of the audit log go (migration 0022).
YOUNGEST_AUDIT = timedelta(days=90)
PRUNE_ACTION = "audit.prune"
# A delivery that is dead can be sent again for this long.
DEAD_WEBHOOKS_DAYS = 30


@dataclass(frozen=True, slots=True)
class Retention:
    """Days; 0 is for good. `prompts`: since nothing plays a file any more; `callbacks`: since one was settled; `bin`:
    since it was deleted."""

    calls: int
    audit: int
    checks: int
    webhooks: int
    prompts: int
    callbacks: int = 0
    bin: int = 0


def cut_off(days: int, now: datetime) -> datetime | None:
    """What is older goes; None: nothing."""
    return now - timedelta(days=days) if days else None


@dataclass(frozen=True, slots=True)
class AuditPrune:
    """What an entry of the audit log says of those that went: events up to `through`, all written before `before`."""

    through: int
    before: datetime
    at: datetime

    def is_allowed(self) -> bool:
        """Whether the retention would have let them go."""
        return self.at - self.before >= YOUNGEST_AUDIT


def prune_of_entry(after: Mapping[str, Any], at: datetime) -> AuditPrune | None:
    """The prune that an entry `audit.prune` says, or None when it says none."""
    try:
        before = datetime.fromisoformat(str(after["before"]))
        return AuditPrune(int(after["through"]), before if before.tzinfo else before.replace(tzinfo=UTC), at)
    except (KeyError, TypeError, ValueError):
        return None
