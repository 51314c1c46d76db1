"""Second factors of users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ivr.domain.users import SecondFactor


class SecondFactorStore(Protocol):
    """One factor for each user; the secret is sealed and recovery codes are hashed by the caller. What begins,
    confirms and removes one is audited in its transaction; a code that was used is not."""

    def find(self, user_id: str) -> SecondFactor | None: ...

    def begin(self, user_id: str, sealed: str, *, actor: str) -> bool:
        """A factor that is still to be confirmed, in the place of such a one; False where one is confirmed, which
        stays."""

    def confirm(self, user_id: str, step: int, recovery_hashes: Sequence[str], *, actor: str) -> bool:
        """Put the factor into force; False when there is none to confirm."""

    def use_step(self, user_id: str, step: int) -> bool:
        """Note that the code of this step was used; False when it or a later one was before."""

    def use_recovery(self, user_id: str, recovery_hash: str) -> bool:
        """Take this recovery code away; False when there is none."""

    def remove(self, user_id: str, *, actor: str) -> bool:
        """False when there was none in force or begun."""
