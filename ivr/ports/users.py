"""Users and their sessions on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ivr.domain.users import User, UserSession


class UserStore(Protocol):
    """Users in Postgres; a password is kept as Argon2id. Every change is audited in its own transaction."""

    def create(self, name: str, password: str, scopes: Sequence[str], *, actor: str) -> User:
        """Raises UserTaken."""

    def check(self, name: str, password: str) -> User | None:
        """The user of this name when the password is right and he is not disabled; notes the log-in. Takes the same
        time for a name that nobody has."""

    def find(self, user_id: str) -> User | None: ...

    def list(self) -> Sequence[User]: ...

    def change(
        self,
        user_id: str,
        *,
        actor: str,
        password: str | None = None,
        scopes: Sequence[str] | None = None,
        disabled: bool | None = None,
    ) -> User | None:
        """What is None stays. A new password and being disabled end his sessions. None: there is no such user."""



class SessionStore(Protocol):
    """Sessions in Postgres, by the SHA-256 of their token. One ends with its key or user, too."""

    def open(self, actor: str) -> tuple[str, UserSession]:
        """A new session of this key or user and its token; tidies away those that ended."""

    def find(self, token: str) -> UserSession | None:
        """The session in force; notes that it was used."""

    def list(self) -> Sequence[UserSession]:
        """Those in force, the last used first."""

    def close(self, session_id: str, *, actor: str) -> bool:
        """True when one in force was ended."""

