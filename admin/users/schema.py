"""Models of the requests and answers of /users and /sessions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Request, Scope
from ivr.domain.roles import SCOPES, USUAL_SCOPES, Role, ShownRole
from ivr.domain.users import LOGIN_NAME, MAX_PASSWORD, MIN_PASSWORD

USER_PATHS: dict[str, Any] = {
    "user_id": {"type": "string", "pattern": "^user_[0-9a-z]{1,64}$"},
    "session_id": {"type": "string", "pattern": "^session_[0-9a-z]{1,64}$"},
}

LoginName = Annotated[
    str,
    StringConstraints(pattern=f"^{LOGIN_NAME.pattern}$"),
    Field(description="letters, digits and _ . @ + -; unique regardless of case"),
    Form("a user name has 1 to 64 letters, digits and the characters _ . @ + -"),
]
Password = Annotated[
    str, Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD, description="never shown; stored as Argon2id hash")
]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
ROLE = "in place of scopes: owner, editor, viewer or supervisor, each a fixed set of them"
Mail = Annotated[
    str,
    Field(max_length=320, description="a mail address; a link is sent there, which confirms it. Empty: none"),
]


class CreateUser(Request):
    name: LoginName
    password: Password
    role: Role | None = Field(default=None, description=ROLE)
    scopes: Scopes | None = Field(default=None, description=f"without a role: {', '.join(USUAL_SCOPES)}")
    mail: Mail | None = None


class PatchUser(Request):
    """The fields to change; those that are absent or null stay."""

    password: Password | None = Field(default=None, description="ends the user's sessions")
    role: Role | None = Field(default=None, description=ROLE)
    scopes: Scopes | None = None
    disabled: bool | None = Field(default=None, description="true: the user is logged out and cannot log in")
    mail: Mail | None = None


class UserSchema(Answered):
    id: str
    name: str
    role: ShownRole = Field(description="the role that has these scopes; custom: none has")
    scopes: list[Scope]
    mail: str | None
    mail_confirmed_at: Time | None = Field(description="null: the link that was sent there was not opened yet")
    created_at: Time
    last_login_at: Time | None
    disabled_at: Time | None
    second_factor: bool = Field(description="whether a log-in needs a code of an authenticator app")


class ConfirmSecondFactor(Request):
    code: Annotated[str, Field(min_length=1, max_length=20, description="the six digits that the app shows now")]


class EnrolmentSchema(Answered):
    secret: str = Field(description="for the app, in base 32; shown this once")
    uri: str = Field(description="the same as an otpauth URI, which a QR code holds")


class NewRecoveryCodesSchema(Answered):
    recovery_codes: list[str] = Field(description="each is good for one log-in without the app; shown this once")


class UserListSchema(Answered):
    items: list[UserSchema]
    next_cursor: str | None


class SessionSchema(Answered):
    id: str
    actor: str = Field(description="the id of the user, or of the key, that logged in")
    name: str
    opened_at: Time
    last_used_at: Time


class SessionListSchema(Answered):
    items: list[SessionSchema]
    next_cursor: str | None
