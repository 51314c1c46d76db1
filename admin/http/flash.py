"""The message that a page leaves for the next one: in a cookie, sealed for this session."""

from __future__ import annotations

import base64
import hmac
import json
from typing import NamedTuple

from flask import Response, g, request

from admin.http.sessions import csrf_token

_COOKIE = "digitree_flash"
_KEPT_S = 60


class Flash(NamedTuple):
    """`undo`: the path below /ui that takes back what the text tells, or empty."""

    text: str
    undo: str


def leave_flash(response: Response, root: str, text: str, undo: str = "") -> None:
    packed = base64.urlsafe_b64encode(json.dumps([text, undo]).encode()).decode()
    sealed = f"{packed}.{_seal(packed)}"
    response.set_cookie(_COOKIE, sealed, max_age=_KEPT_S, httponly=True, samesite="Lax", path=root)


def take_flash() -> Flash | None:
    """None unless there is one with this session's seal."""
    packed, _, seal = request.cookies.get(_COOKIE, "").partition(".")
    if not packed:
        return None
    g.flash_taken = True
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(packed).encode()):
        return None
    return Flash(*json.loads(base64.urlsafe_b64decode(packed)))


def forget_flash(response: Response, root: str) -> None:
    """Where it was taken."""
    if g.pop("flash_taken", False):
        response.delete_cookie(_COOKIE, httponly=True, samesite="Lax", path=root)


def _seal(text: str) -> str:
    return hmac.new(csrf_token().encode(), text.encode("utf-8", "replace"), "sha256").hexdigest()
