"""Users and their sessions on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ivr.domain.users import User, UserSession
from ivr.ports.checks import accept


class UserStore(Protocol):
    """Users in Postgres; passwords are kept as Argon2id. Every change is audited in its transaction."""

    def create(self, name: str, password: str, scopes: Sequence[str], *, actor: str) -> User:
        """Raises UserTaken."""

    def check(self, name: str, password: str) -> User | None:
        """The user with this name, when the password is right and the user is not disabled; records the log-in. Takes
        the same time for an unknown name."""

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
        check: Callable[[User], object] = accept,
    ) -> User | None:
        """Change what is not None; `check` may refuse the user that is there by an exception. A new password, and
        disabling, end the user's sessions. Returns None when there is no such user."""



class SessionStore(Protocol):
    """Sessions in Postgres, by the SHA-256 of their token. A session also ends with its key or user."""

    def open(self, actor: str) -> tuple[str, UserSession]:
        """The token and a new session of this key or user; deletes sessions that have ended."""

    def find(self, token: str) -> UserSession | None:
        """The session in force with this token; records its use."""

    def list(self) -> Sequence[UserSession]:
        """Sessions in force, the last used first."""

    def close(
        self, session_id: str, *, actor: str, check: Callable[[UserSession], object] = accept
    ) -> bool:
        """True when a session in force was ended. `check` may refuse the session that is there by an exception."""

