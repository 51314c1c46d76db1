"""The client of the API: an API key, or a user or key logged in on the page."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.domain.roles import allows


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified API key; for a session of the page `key_id` is the id of its user or key, `session_id` is
    set, and `zone` and `developer` are what they chose for it."""

    key_id: str
    scopes: frozenset[str]
    name: str = ""
    session_id: str | None = None
    zone: str | None = None
    developer: bool = False

    def may(self, needed: str) -> bool:
        """Whether it has the scope, or one of `write or people`."""
        return allows(self.scopes, needed)
