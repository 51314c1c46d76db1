"""The bin: what was deleted and can still be brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.ports.pages import DEFAULT_LIMIT, ListPage

BinKind = Literal["menu", "agent"]


@dataclass(frozen=True, slots=True)
class BinEntry:
    """`subject` is the id or name that it had and gets again, `numbers` those that led to it, `actor` who deleted it.
    `guarded`: only an administrator may touch it."""

    bin_id: str
    kind: BinKind
    subject: str
    name: str
    numbers: Sequence[str]
    guarded: bool
    actor: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class Restored:
    """`taken`: the numbers that lead to other menus meanwhile, and stay there; the rest leads to it again."""

    entry: BinEntry
    taken: Sequence[str] = ()


class BinStore(Protocol):
    """Raises BinEntryNotFound."""

    def list(self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> ListPage[BinEntry]:
        """What was deleted last comes first."""

    def find_last(self, subject: str) -> BinEntry | None:
        """The entry of what had this id, that of its last deletion."""

    def get(self, bin_id: str) -> BinEntry: ...

    def restore(self, bin_id: str, *, actor: str) -> Restored:
        """Everything is as it was before the deletion but the numbers that are taken. Raises AgentTaken where another
        agent has the name."""

    def delete(self, bin_id: str, *, actor: str) -> None:
        """For good."""
