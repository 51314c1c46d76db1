"""/users and /sessions: who may log in on the page, and who is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Response

from admin.http.problems import ApiError, not_found
from admin.http.routing import BAD_BODY, Answer, Body, Call, Routes, json_answer
from admin.http.views import maybe_time, time_json
from admin.users import schema as models
from ivr.domain.users import User, UserSession

routes = Routes("users")

_THIS_USER = {operation: {"user_id": "$response.body#/id"} for operation in ("get_user", "patch_user")}


@routes(
    "POST",
    "/users",
    scope="write",
    body=Body(models.CreateUser),
    answers=(Answer(201, "The user", models.User, headers={"Location": "the user"}, links=_THIS_USER),),
    problems=(*BAD_BODY, 409),
)
def create_user(call: Call) -> Response:
    """Create a user, who logs in on the page with a name and a password.

    He can have no scope that the key asking for it lacks.
    """
    _need(call, call.body.scopes)
    user = call.services.users.create(call.body.name, call.body.password, call.body.scopes, actor=call.actor)
    return json_answer(user_json(user), 201, {"Location": f"/users/{user.user_id}"})


@routes("GET", "/users", scope="write", answers=(Answer(200, "The users, by name", models.UserList),))
def list_users(call: Call) -> Response:
    """List users."""
    return json_answer({"items": list(map(user_json, call.services.users.list())), "next_cursor": None})


@routes(
    "GET", "/users/<user_id>", scope="write", answers=(Answer(200, "The user", models.User),), problems=(404, 422)
)
def get_user(call: Call) -> Response:
    """Get a user."""
    return json_answer(user_json(_user(call)))


@routes(
    "PATCH",
    "/users/<user_id>",
    scope="write",
    body=Body(models.PatchUser),
    answers=(Answer(200, "The user as he is now", models.User),),
    problems=(*BAD_BODY, 404, 409),
)
def patch_user(call: Call) -> Response:
    """Change a user: his password, his scopes, whether he may log in.

    Who changes a user must have every scope that the user has or gets. Nobody disables himself.
    """
    user, body = _user(call), call.body
    _need(call, {*user.scopes, *(body.scopes or ())})
    if body.disabled and user.user_id == call.actor:
        raise ApiError(409, "own_user", "nobody disables himself; somebody else can, or `digitree user disable`")
    changed = call.services.users.change(
        user.user_id, actor=call.actor, password=body.password, scopes=body.scopes, disabled=body.disabled
    )
    if changed is None:
        raise _no_user()
    call.services.sessions.forget()
    return json_answer(user_json(changed))


@routes(
    "GET",
    "/sessions",
    scope="write",
    answers=(Answer(200, "Who is logged in, the last seen first", models.SessionList),),
)
def list_sessions(call: Call) -> Response:
    """List sessions of the page."""
    return json_answer({"items": list(map(session_json, call.services.users.sessions())), "next_cursor": None})


@routes(
    "DELETE",
    "/sessions/<session_id>",
    scope="write",
    answers=(Answer(204, "It is logged out"),),
    problems=(404, 422),
)
def end_session(call: Call) -> Response:
    """Log somebody out; other processes refuse the session within seconds."""
    session_id = call.path["session_id"]
    known = session_id.isascii() and session_id.isprintable()
    if not known or not call.services.users.end_session(session_id, actor=call.actor):
        raise not_found("no such session", "session_not_found")
    call.services.sessions.forget()
    return Response(status=204)


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.user_id,
        "name": user.name,
        "scopes": list(user.scopes),
        "created_at": time_json(user.created_at),
        "last_login_at": maybe_time(user.last_login_at),
        "disabled_at": maybe_time(user.disabled_at),
    }


def session_json(session: UserSession) -> dict[str, Any]:
    return {
        "id": session.session_id,
        "actor": session.actor,
        "name": session.name,
        "opened_at": time_json(session.created_at),
        "last_used_at": time_json(session.seen_at),
    }


def _need(call: Call, scopes: Collection[str]) -> None:
    """Raises ApiError 403: nobody makes himself, by way of a user, what he is not."""
    lacking = sorted(set(scopes) - call.principal.scopes) if call.principal else []
    if lacking:
        raise ApiError(403, "scope_missing", f"you cannot give away or take over what you lack: {', '.join(lacking)}")


def _user(call: Call) -> User:
    user_id = call.path["user_id"]
    user = call.services.users.find(user_id) if user_id.isascii() and user_id.isprintable() else None
    if user is None:
        raise _no_user()
    return user


def _no_user() -> Exception:
    return not_found("no such user", "user_not_found")
