"""Users and their sessions on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.domain.users import User, UserSession
from ivr.ports.checks import accept


@dataclass(frozen=True, slots=True)
class PasswordHolder:
    """A user with a confirmed mail address; `fingerprint` changes with the password."""

    user: User
    fingerprint: str


class UserStore(Protocol):
    """Users in Postgres; passwords are kept as Argon2id. Every change is audited in its transaction."""

    def create(self, name: str, password: str, scopes: Sequence[str], *, actor: str) -> User:
        """Raises UserTaken."""

    def check(self, name: str, password: str) -> User | None:
        """The user with this name or confirmed mail address, when the password is right and the user is not disabled;
        records the log-in. Takes the same time for an unknown name."""

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
        mail: str | None = None,
        check: Callable[[User], object] = accept,
    ) -> User | None:
        """Change what is not None; `check` may refuse the user that is there by an exception. A new password, and
        disabling, end the user's sessions. `mail` is to be confirmed then; empty: none. Returns None when there is no
        such user. Raises LastOwner."""

    def confirm_mail(self, user_id: str, mail: str) -> bool:
        """Confirm the address that this user has; False when it is another one by now. Raises MailTaken."""

    def find_for_reset(self, name: str) -> PasswordHolder | None:
        """The user with this name or confirmed address who may be mailed a link for a new password."""

    def find_holder(self, user_id: str) -> PasswordHolder | None:
        """The same by the id."""

    def reset_password(self, user_id: str, fingerprint: str, password: str) -> bool:
        """Set a new password in the place of the one with this fingerprint, and end the user's sessions; False when
        the password is another one by now."""


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

