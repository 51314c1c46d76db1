"""People and their sessions on the page: who may log in with a name and a password, and who is logged in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

# A session ends when it was not used for so long, and in any case.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)

LOGIN_NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,64}", re.ASCII)
MIN_PASSWORD = 10
MAX_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who logs in with a password; `name` is unique whatever its case."""

    user_id: str
    name: str
    scopes: Sequence[str]
    created_at: datetime
    disabled_at: datetime | None = None
    last_login_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is logged in: `actor` is the id of the user or of the key, `name` its name, `scopes` those it has
    now. The token is kept nowhere but in the browser."""

    session_id: str
    actor: str
    name: str
    scopes: Sequence[str]
    created_at: datetime
    seen_at: datetime


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

    def open(self, actor: str) -> tuple[str, Session]:
        """A new session of this key or user and its token; tidies away those that ended."""

    def find(self, token: str) -> Session | None:
        """The session in force; notes that it was used."""

    def list(self) -> Sequence[Session]:
        """Those in force, the last used first."""

    def close(self, session_id: str, *, actor: str) -> bool:
        """True when one in force was ended."""
