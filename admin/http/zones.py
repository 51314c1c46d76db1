"""The time zone of the installation: by its days go the API, the files and what is scheduled, and the pages of
everybody who chose no zone of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from zoneinfo import ZoneInfo

from ivr.domain.errors import StorageUnavailable
from ivr.domain.time_zones import UTC_NAME, find_zone
from ivr.ports.preferences import PreferenceStore

# As long as sessions are believed: another process's change is seen no later.
FRESH_S = 3.0


class InstallationZone:
    """One per process. `first`: the setting DIGITREE_ZONE, which holds until a zone was chosen; "": none."""

    def __init__(
        self, store: PreferenceStore, first: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._first, self._clock = store, find_zone(first) if first else None, clock
        self._known: tuple[ZoneInfo | None, float] | None = None

    @property
    def zone(self) -> ZoneInfo:
        """UTC where nobody chose one."""
        return self.chosen or ZoneInfo(UTC_NAME)

    @property
    def chosen(self) -> ZoneInfo | None:
        """None: neither the page nor DIGITREE_ZONE has said one. While Postgres is away, what was last known."""
        if self._known and self._clock() - self._known[1] < FRESH_S:
            return self._known[0]
        try:
            name = self._store.installation_zone()
        except StorageUnavailable:
            return self._known[0] if self._known else self._first
        found = (find_zone(name) if name else None) or self._first
        self._known = found, self._clock()
        return found

    def set(self, zone: str, *, actor: str) -> None:
        """`zone`: a name that `find_zone` knows."""
        self._store.set_installation_zone(zone, actor=actor)
        self._known = None
