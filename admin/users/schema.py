"""What /users and /sessions take and give, as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.models import Request, Scope
from ivr.domain.users import LOGIN_NAME, MAX_PASSWORD, MIN_PASSWORD

LoginName = Annotated[
    str,
    StringConstraints(pattern=f"^{LOGIN_NAME.pattern}$"),
    Field(description="letters, digits and _ . @ + -; unique whatever its case"),
]
Password = Annotated[
    str, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD, description="never shown; kept as Argon2id")
]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=3)]


class CreateUser(Request):
    name: LoginName
    password: Password
    scopes: Scopes = Field(default=["read", "write", "calls"])


class PatchUser(Request):
    """What is absent or null stays."""

    password: Password | None = Field(default=None, description="ends the user's sessions")
    scopes: Scopes | None = None
    disabled: bool | None = Field(default=None, description="true: cannot log in, and is logged out")


class User(Answered):
    id: str
    name: str
    scopes: list[Scope]
    created_at: Time
    last_login_at: Time | None
    disabled_at: Time | None


class UserList(Answered):
    items: list[User]
    next_cursor: None


class Session(Answered):
    id: str
    actor: str = Field(description="the id of the user, or of the key, that logged in")
    name: str
    opened_at: Time
    last_used_at: Time


class SessionList(Answered):
    items: list[Session]
    next_cursor: None
