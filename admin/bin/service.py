"""Restoring what is in the bin, for calls as well."""

from __future__ import annotations

from dataclasses import dataclass

from admin.menus.service import MenuService
from ivr.ports.bin import BinStore, Restored


@dataclass(frozen=True)
class BinService:
    store: BinStore
    menus: MenuService

    def restore(self, bin_id: str, *, actor: str) -> Restored:
        """Raises BinEntryNotFound, CacheAway, SavedNotLive."""
        if self.store.get(bin_id).numbers:
            self.menus.ask_cache()
        restored = self.store.restore(bin_id, actor=actor)
        if len(restored.taken) < len(restored.entry.numbers):
            self.menus.publish_all()
        return restored
