"""/users and /sessions: the users of the page and their open sessions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.models import ShortListQuery
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import ApiError, fault, not_found
from admin.http.rank import need_rank
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.sessions import Sessions
from admin.http.short_lists import page_of
from admin.http.views import maybe_time, page_json, time_json
from admin.system_mail.service import Letter
from admin.users import schema
from admin.users.mailed_links import MailedLinks
from admin.users.service import SecondFactors
from ivr.domain.channels.mail_addresses import ADDRESS_RULE, is_address
from ivr.domain.roles import ROLES, USUAL_SCOPES, role_of
from ivr.domain.users import User, UserSession
from ivr.ports.users import SessionStore, UserStore

routes = Routes("users", schema.USER_PATHS)

WRONG_CODE = "this is not the code that the app shows now; check the clock of the phone and take the next code"

_THIS_USER = {operation: {"user_id": "$response.body#/id"} for operation in ("get_user", "patch_user")}


@routes(
    "POST",
    "/users",
    scope="admin",
    body=Body(schema.CreateUser),
    answers=(
        Answer(201, "The user", schema.UserSchema, headers={"Location": "the user", **ETAG}, links=_THIS_USER),
    ),
    problems=(*BAD_BODY, 409),
)
def create_user(call: ApiCall) -> Response:
    """Create a user, who logs in on the page with a name and a password.

    What they may do is a role or a list of scopes. The user cannot have a scope that your own key lacks.
    """
    body, users = call.body, call.service(UserStore)
    scopes = _scopes_of(body) or USUAL_SCOPES
    mail = _mail_of(body)
    need_rank(call.principal, scopes)
    user = users.create(body.name, body.password, scopes, actor=call.actor)
    if mail:
        user = users.change(user.user_id, actor=call.actor, mail=mail) or user
        _ask_confirmation(call, user)
    return _answer(user, 201, Location=f"/users/{user.user_id}")


@routes(
    "GET",
    "/users",
    scope="admin",
    query=ShortListQuery,
    answers=(Answer(200, "The users, by name", schema.UserListSchema),),
    problems=(422,),
)
def list_users(call: ApiCall) -> Response:
    """List users."""
    page = page_of(call.service(UserStore).list(), call.query, lambda user: (user.name.lower(),))
    return json_answer(page_json(page, map(user_json, page.items)))


@routes(
    "GET",
    "/users/<user_id>",
    scope="admin",
    answers=(Answer(200, "The user", schema.UserSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_user(call: ApiCall) -> Response:
    """Get a user."""
    return _answer(_user(call))


@routes(
    "PATCH",
    "/users/<user_id>",
    scope="admin",
    body=Body(schema.PatchUser),
    headers=IF_MATCH,
    answers=(Answer(200, "The user as it is now", schema.UserSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 409, 412),
)
def patch_user(call: ApiCall) -> Response:
    """Change a user: the password, the role or the scopes, the mail address, whether log-in is allowed.

    Your key must have every scope that the user has or gets. You cannot disable your own account, and the last owner
    stays one. A new mail address is good once the link that is sent there was opened.
    """
    user, body = _user(call), call.body
    if body.disabled and user.user_id == call.actor:
        text = "you cannot disable your own account; another user can, or the command: digitree user disable"
        raise ApiError(409, "own_user", text)
    scopes, mail = _scopes_of(body), _mail_of(body)
    wanted = if_match()

    def check(there: User) -> None:
        need_rank(call.principal, {*there.scopes, *(scopes or ())})
        wanted.need(_tag(there))

    changed = call.service(UserStore).change(
        user.user_id,
        actor=call.actor,
        password=body.password,
        scopes=scopes,
        disabled=body.disabled,
        mail=mail,
        check=check,
    )
    if changed is None:
        raise _no_user()
    if mail and changed.mail_confirmed_at is None:
        _ask_confirmation(call, changed)
    call.service(Sessions).forget()
    return _answer(changed)


@routes(
    "POST",
    "/users/<user_id>/second-factor",
    scope="admin",
    answers=(Answer(201, "What the user's app needs", schema.EnrolmentSchema),),
    problems=(404, 409, 422),
)
def begin_second_factor(call: ApiCall) -> Response:
    """Begin a user's second factor, a code of an authenticator app (TOTP, RFC 6238).

    It is in force once a first code has confirmed it. Users do this themselves on their account page. Your key must
    have every scope that the user has.
    """
    user = _user(call)
    need_rank(call.principal, user.scopes)
    enrolment = call.service(SecondFactors).begin(user, actor=call.actor)
    if enrolment is None:
        raise ApiError(409, "second_factor_on", "this user has a second factor already; remove it first")
    return json_answer(asdict(enrolment), 201)


@routes(
    "POST",
    "/users/<user_id>/second-factor/confirm",
    scope="admin",
    body=Body(schema.ConfirmSecondFactor),
    answers=(Answer(200, "It is in force", schema.NewRecoveryCodesSchema),),
    problems=(*BAD_BODY, 404),
)
def confirm_second_factor(call: ApiCall) -> Response:
    """Put a second factor into force by a first code."""
    user = _user(call)
    need_rank(call.principal, user.scopes)
    codes = call.service(SecondFactors).confirm(user.user_id, call.body.code, actor=call.actor)
    if codes is None:
        raise fault("/code", "wrong_code", WRONG_CODE)
    return json_answer({"recovery_codes": codes})


@routes(
    "DELETE",
    "/users/<user_id>/second-factor",
    scope="admin",
    answers=(Answer(204, "The user logs in with the password alone"),),
    problems=(404, 422),
)
def remove_second_factor(call: ApiCall) -> Response:
    """Remove a user's second factor, for one who has lost the phone and the recovery codes.

    Your key must have every scope that the user has.
    """
    user = _user(call)
    need_rank(call.principal, user.scopes)
    if not call.service(SecondFactors).remove(user.user_id, actor=call.actor):
        raise not_found("this user has no second factor", "no_second_factor")
    return Response(status=204)


@routes(
    "GET",
    "/sessions",
    scope="admin",
    query=ShortListQuery,
    answers=(Answer(200, "The open sessions, the most recently used first", schema.SessionListSchema),),
    problems=(422,),
)
def list_sessions(call: ApiCall) -> Response:
    """List sessions of the page."""
    page = page_of(
        call.service(SessionStore).list(),
        call.query,
        lambda each: (each.seen_at.isoformat(), each.session_id),
        last_first=True,
    )
    return json_answer(page_json(page, map(session_json, page.items)))


@routes(
    "DELETE",
    "/sessions/<session_id>",
    scope="admin",
    answers=(Answer(204, "The session is ended"),),
    problems=(404, 422),
)
def end_session(call: ApiCall) -> Response:
    """End a session; within seconds every process refuses it.

    You must have every scope that the session has.
    """
    principal = call.principal
    session_id = call.path["session_id"]
    known = session_id.isascii() and session_id.isprintable()
    if not known or not call.service(SessionStore).close(
        session_id, actor=call.actor, check=lambda session: need_rank(principal, session.scopes)
    ):
        raise not_found("there is no such session; it may have ended", "session_not_found")
    call.service(Sessions).forget()
    return Response(status=204)


def _scopes_of(body: schema.CreateUser | schema.PatchUser) -> tuple[str, ...] | None:
    """Raises ApiError 422 when there is a role beside scopes."""
    if body.role is None:
        return None if body.scopes is None else tuple(body.scopes)
    if body.scopes is not None:
        raise fault("/role", "role_and_scopes", "a role is a set of scopes; send either a role or scopes")
    return ROLES[body.role]


def _mail_of(body: schema.CreateUser | schema.PatchUser) -> str | None:
    """Raises ApiError 422."""
    if body.mail and not is_address(body.mail):
        raise fault("/mail", "invalid_address", ADDRESS_RULE)
    return body.mail


def _ask_confirmation(call: ApiCall, user: User) -> None:
    call.service(MailedLinks).ask_confirmation(user, confirmation_letter())


def confirmation_letter() -> Letter:
    """In the language of the request."""
    return Letter(
        t("Confirm your mail address for Digitree"),
        t(
            "Hello,\n\nthis address was entered for a user of Digitree. If that was you, or your administrator, "
            "confirm it here within three days:\n\n{link}\n\nYou can then log in with it, and have a link for a new "
            "password mailed to it. Otherwise do nothing.\n"
        ),
    )


def _answer(user: User, status: int = 200, **headers: str) -> Response:
    return json_answer(user_json(user), status, {"ETag": quoted(_tag(user)), **headers})


def _tag(user: User) -> str:
    """Of what people change: a log-in in between hinders nobody's change."""
    return tag_of([user.name, sorted(user.scopes), user.disabled_at, user.mail])


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "name": user.name,
        "role": role_of(user.scopes),
        "scopes": list(user.scopes),
        "mail": user.mail,
        "mail_confirmed_at": maybe_time(user.mail_confirmed_at),
        "created_at": time_json(user.created_at),
        "last_login_at": maybe_time(user.last_login_at),
        "disabled_at": maybe_time(user.disabled_at),
        "second_factor": user.has_second_factor,
    }


def session_json(session: UserSession) -> dict[str, Any]:
    return {
        "id": session.session_id,
        "actor": session.actor,
        "name": session.name,
        "opened_at": time_json(session.created_at),
        "last_used_at": time_json(session.seen_at),
    }


def _user(call: ApiCall) -> User:
    user_id = call.path["user_id"]
    user = call.service(UserStore).find(user_id) if user_id.isascii() and user_id.isprintable() else None
    if user is None:
        raise _no_user()
    return user


def _no_user() -> Exception:
    return not_found("there is no such user", "user_not_found")
