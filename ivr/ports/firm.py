"""The firm that runs the installation: its name, address, colour and logo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from ivr.ports.checks import accept

LogoType = Literal["image/png", "image/svg+xml"]


@dataclass(frozen=True, slots=True)
class Firm:
    """`name` empty: pages say Digitree. `contact`: postal address, telephone and the like, in lines. `colour`:
    #rrggbb, None: Digitree's own. `logo_sha256` and `logo_type` belong together, and are None without a logo."""

    name: str = ""
    contact: str = ""
    colour: str | None = None
    logo_sha256: str | None = None
    logo_type: LogoType | None = None
    version: int = 0
    updated_at: datetime | None = None

    @property
    def title(self) -> str:
        """What pages and mails call themselves."""
        return self.name or "Digitree"


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that has been made harmless."""

    content: bytes
    type: LogoType
    sha256: str


FirmCheck = Callable[[Firm], object]


class FirmStore(Protocol):
    """The firm in Postgres. There is one, without a name at first. `check` may refuse by an exception what is
    there."""

    def get(self) -> Firm: ...

    def put(
        self, name: str, contact: str, colour: str | None, *, actor: str, check: FirmCheck = accept
    ) -> Firm:
        """Replace all but the logo; the same again is no change."""

    def logo(self) -> Logo | None: ...

    def put_logo(self, logo: Logo | None, *, actor: str, check: FirmCheck = accept) -> Firm:
        """Replace the logo; None takes it away."""
