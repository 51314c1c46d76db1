"""Sessions of the page: a cookie that no script reads, and proof that a change comes from our own page.

The cookie holds a token of 256 bits of chance; the store knows its hash alone. It is made new at each log-in, so
nobody can have set it before. The CSRF token is derived from it: whoever can send the cookie without knowing it
cannot know the other one either. The API takes the session where there is no key, so that scripts of the page need
none; a change must then carry the CSRF token in a header.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, request

from admin.http.problems import ApiError
from ivr.domain.users import LONGEST, UserSession
from ivr.ports.users import SessionStore

if TYPE_CHECKING:
    from admin.http.auth import Principal

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
FRESH_S = 3.0
_MAX_KNOWN = 1000


class Sessions:
    """One per process. A session is believed for FRESH_S, as a key is."""

    def __init__(self, store: SessionStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()

    def of_request(self) -> Principal | None:
        """Who is logged in where the current request comes from."""
        return self.of_token(session_token())

    def of_token(self, token: str) -> Principal | None:
        """Whose session this is."""
        if not token:
            return None
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        known = self._known.get(digest)
        if known and self._clock() - known[1] < FRESH_S:
            return known[0]
        session = self._store.find(token)
        self._known.pop(digest, None)
        if session is None:
            return None
        principal = _principal(session)
        self._known[digest] = (principal, self._clock())
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return principal

    def log_in(self, actor: str, response: Response) -> None:
        """A new session of this user or key; one that was there before ends."""
        self._end()
        token, _ = self._store.open(actor)
        response.set_cookie(
            _cookie(), token, max_age=LONGEST, secure=_is_https(), httponly=True, samesite="Lax", path="/"
        )

    def log_out(self, response: Response) -> None:
        """Ends the current request's session, everywhere."""
        self._end()
        response.delete_cookie(_cookie(), secure=_is_https(), httponly=True, samesite="Lax", path="/")

    def _end(self) -> None:
        principal = self.of_request()
        if principal is not None and principal.session_id is not None:
            self._store.close(principal.session_id, actor=principal.key_id)
        self.forget()

    def forget(self) -> None:
        """What ended here is refused here at once."""
        self._known.clear()


def csrf_token() -> str:
    """The token that a change must carry, for the current request's session."""
    return hashlib.sha256(b"digitree csrf " + session_token().encode("utf-8", "replace")).hexdigest()


def check_csrf(given: str) -> None:
    """Raises ApiError 403."""
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token().encode()):
        raise ApiError(403, "csrf", "this did not come from a page of ours, or the page is from before you logged in")


def check_origin() -> None:
    """Raises ApiError 403 for a change that another site's page asks for. Browsers say where a request comes from;
    behind a proxy that changes Host only their own verdict is left."""
    verdict = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    ours = verdict == "same-origin" if verdict else origin in (f"http://{request.host}", f"https://{request.host}")
    if not ours:
        raise ApiError(403, "foreign_origin", "this did not come from a page of ours")


def _principal(session: UserSession) -> Principal:
    from admin.http.auth import Principal  # auth imports this module

    return Principal(session.actor, frozenset(session.scopes), session.name, session.session_id)


def session_token() -> str:
    """The current request's, "" when it has none."""
    return request.cookies.get(_cookie(), "")


def _cookie() -> str:
    """Browsers take a `__Host-` cookie only over https and from this very host."""
    return "__Host-digitree" if _is_https() else "digitree"


def _is_https() -> bool:
    return request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
