"""What is in the bin, restored for calls as well, or deleted for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from admin.agents.service import AgentService
from admin.menus.service import MenuService
from ivr.ports.bin import BinEntry, BinStore, Restored


@dataclass(frozen=True)
class BinService:
    store: BinStore
    menus: MenuService
    agents: AgentService

    def restore(self, bin_id: str, *, actor: str, check: Callable[[BinEntry], object]) -> Restored:
        """`check` may refuse it by an exception. Raises BinEntryNotFound, AgentTaken, CacheAway, SavedNotLive."""
        entry = self.store.get(bin_id)
        check(entry)
        for_calls = entry.kind == "agent" or bool(entry.numbers)
        if for_calls:
            self.menus.ask_cache()
        restored = self.store.restore(bin_id, actor=actor)
        if entry.kind == "agent":
            self.agents.restored(entry.subject)
        if for_calls:
            self.menus.publish_all()
        return restored

    def delete(self, bin_id: str, *, actor: str, check: Callable[[BinEntry], object]) -> None:
        """For good. Raises BinEntryNotFound."""
        check(self.store.get(bin_id))
        self.store.delete(bin_id, actor=actor)
