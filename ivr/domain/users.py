"""Users of the page and their sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# A session ends when it was unused for IDLE, and after LONGEST in any case.
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)

LOGIN_NAME = re.compile(r"[A-Za-z0-9_.@+-]{1,64}", re.ASCII)
MIN_PASSWORD = 10
MAX_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class User:
    """A user who logs in with a password; `name` is unique, whatever its case. `mail` is good for logging in and for
    a new password once it is confirmed: then no other user has it."""

    user_id: str
    name: str
    scopes: Sequence[str]
    created_at: datetime
    disabled_at: datetime | None = None
    last_login_at: datetime | None = None
    has_second_factor: bool = False
    mail: str | None = None
    mail_confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's authenticator app; `sealed` is its secret, encrypted. A log-in needs a code once it is confirmed."""

    user_id: str
    sealed: str = field(repr=False)
    confirmed_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class UserSession:
    """A log-in: `actor` is the id of the user or of the API key, `name` its name, `scopes` its scopes now. Only the
    browser has the token. `zone`: the time zone that they chose for the page, None: the installation's; `developer`:
    whether the page shows technical names, as it does for API keys unless they chose otherwise."""

    session_id: str
    actor: str
    name: str
    scopes: Sequence[str]
    created_at: datetime
    seen_at: datetime
    zone: str | None = None
    developer: bool = False
