"""The time zone of the installation, and what each user chose for the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a user, or an API key that is logged in on the page, chose. `zone`: an IANA name, None: as the
    installation; `developer`: whether technical names are shown, None: not chosen."""

    zone: str | None = None
    developer: bool | None = None


class PreferenceStore(Protocol):
    def installation_zone(self) -> str | None:
        """The IANA name that was chosen; None before anybody has."""

    def set_installation_zone(self, zone: str, *, actor: str) -> None:
        """Audited in its transaction."""

    def find(self, actor: str) -> Preferences:
        """Those of this user or key."""

    def keep(self, actor: str, chosen: Preferences) -> None:
        """Replace them."""
