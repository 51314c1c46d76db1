"""Telephones and the calls to them, as they are stored."""

from __future__ import annotations

from typing import Protocol

from ivr.domain.numbers import E164
from ivr.domain.telephones.model import NewRing, Ring, RingEnd, RingLimits, Telephone, VerifiedOver
from ivr.ports.pages import ListPage


class TelephoneStore(Protocol):
    """Telephones in Postgres. Changes are written to the audit log in their transaction."""

    def add(self, number: E164, *, actor: str) -> Telephone:
        """The telephone, which may be there already. Raises TooManyTelephones."""

    def find(self, number: E164) -> Telephone | None: ...

    def list(self, *, limit: int, cursor: str | None = None) -> ListPage[Telephone]:
        """Ordered by number. Raises BadCursor."""

    def delete(self, number: E164, *, actor: str) -> bool:
        """False when there is no such telephone."""

    def set_code(self, number: E164, digest: bytes, over: VerifiedOver) -> None:
        """This code counts from now on, for CODE_FOR and CODE_TRIES; it is heard over this trunk. Raises
        TelephoneNotFound, TelephoneVerified."""

    def verify(self, number: E164, digest: bytes, *, actor: str) -> Telephone:
        """Use up a try; the telephone is verified over the code's trunk when the digest is that of its code. Raises
        TelephoneNotFound, WrongCode, NoCode, and TelephoneVerified where no code is waiting."""

    def reserve(self, ring: NewRing, limits: RingLimits, over: VerifiedOver) -> Ring:
        """Count the call before it is dialled, at the price of the longest one; whatever process asks, one after the
        other. Raises TelephoneNotVerified (a menu's call, over a trunk as it is now), RingLimitReached."""

    def is_own(self, number: E164) -> bool:
        """Whether a menu of this installation is assigned to the number."""

    def note(self, ring_id: str, state: str) -> None:
        """It rings, or was answered just now."""

    def end(self, ring_id: str, end: RingEnd, limits: RingLimits) -> None:
        """It is over; what was reserved and is not needed may be spent again."""

    def find_ring(self, ring_id: str, limits: RingLimits) -> Ring | None:
        """None: there is none, or it is older than KEPT."""
