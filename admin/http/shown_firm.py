"""The firm as every page shows it. While Postgres is away, pages show what was read last, and wait for it once."""

from __future__ import annotations

import time
from collections.abc import Callable

from ivr.domain.errors import StorageError
from ivr.ports.firm import Firm, FirmStore

# After a failure it is not asked again for so long.
PAUSE_S = 10.0


class ShownFirm:
    """Reads the firm for a page."""

    def __init__(self, store: FirmStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._clock = store, clock
        self._last = Firm()
        self._next = 0.0

    def get(self) -> Firm:
        """Never raises."""
        if self._clock() < self._next:
            return self._last
        try:
            self._last = self._store.get()
        except StorageError:
            self._next = self._clock() + PAUSE_S
        return self._last


def logo_url(firm: Firm) -> str | None:
    """Where everybody can see the logo; another logo has another address."""
    return f"/ui/firm/logo?v={firm.logo_sha256[:12]}" if firm.logo_sha256 else None


def style_url(firm: Firm) -> str | None:
    """The style sheet with the firm's colour; another colour has another address."""
    return f"/ui/firm/colour.css?v={firm.colour[1:].lower()}" if firm.colour else None
