"""Sessions of the page: a cookie that no script can read, and a CSRF token that proves where a change comes from.

The cookie holds a random token of 256 bits; the store keeps only its hash. Each log-in makes a new token, so that it
cannot have been planted beforehand. The CSRF token is derived from it: another site can make the browser send the
cookie, but cannot read it and so cannot know the CSRF token. Where no API key is sent, the API accepts the session,
so that scripts of the page need no key; a change must then carry the CSRF token in a header.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

from flask import Response, g, request

from admin.http.principal import Principal
from admin.http.problems import ApiError
from ivr.domain.users import LONGEST
from ivr.ports.users import SessionStore

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_HEADER = "X-CSRF-Token"
FRESH_S = 3.0
DEVICE = timedelta(days=180)
_MAX_KNOWN = 1000


class Sessions:
    """One per process. A verified session is trusted for FRESH_S, as an API key is."""

    def __init__(self, store: SessionStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()

    def of_request(self) -> Principal | None:
        """The principal of the current request's session."""
        return self.of_token(session_token())

    def of_token(self, token: str) -> Principal | None:
        """The principal of the session with this token."""
        if not token:
            return None
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        known = self._known.get(digest)
        if known and self._clock() - known[1] < FRESH_S:
            return known[0]
        session = self._store.find(token)
        self._known.pop(digest, None)
        if session is None:
            return None
        principal = Principal(
            session.actor, frozenset(session.scopes), session.name, session.session_id,
            zone=session.zone, developer=session.developer,
        )  # fmt: skip
        self._known[digest] = (principal, self._clock())
        if len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return principal

    def log_in(self, actor: str, response: Response) -> None:
        """Open a session for this user or key; an earlier session of this browser ends."""
        self._end()
        token, _ = self._store.open(actor)
        g.session_token = token
        response.set_cookie(_cookie(), token, max_age=LONGEST, secure=_is_https(), httponly=True, samesite="Lax")

    def log_out(self, response: Response) -> None:
        """End the current request's session in all processes."""
        self._end()
        response.delete_cookie(_cookie(), secure=_is_https(), httponly=True, samesite="Lax")

    def _end(self) -> None:
        principal = self.of_request()
        if principal is not None and principal.session_id is not None:
            self._store.close(principal.session_id, actor=principal.key_id)
        self.forget()

    def forget(self) -> None:
        """Empty the cache: a session that ended in this process is refused here at once."""
        self._known.clear()


def csrf_token() -> str:
    """The token that a change must carry, for the current request's session."""
    return hashlib.sha256(b"digitree csrf " + session_token().encode()).hexdigest()


def check_csrf(given: str) -> None:
    """Raises ApiError 403."""
    if not hmac.compare_digest(given.encode(errors="replace"), csrf_token().encode()):
        text = "this form was loaded before you logged in, or comes from another site; load the page again and repeat"
        raise ApiError(403, "csrf", text)


def check_origin() -> None:
    """Raises ApiError 403 for a change that another site's page asks for. Browsers state where a request comes from;
    behind a proxy that changes Host, only Sec-Fetch-Site is reliable."""
    verdict = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    same_origin = verdict == "same-origin" if verdict else origin in (f"http://{request.host}", f"https://{request.host}")
    if not same_origin:
        raise ApiError(403, "foreign_origin", "this request came from another site; send it from the page itself")


def session_token() -> str:
    """The session token of the current request, also one that it has opened; "" when it has none."""
    opened: str | None = g.get("session_token")
    return opened or request.cookies.get(_cookie(), "")


def device_of_request() -> str:
    """The device cookie, which a browser keeps in which somebody was logged in by a password; "" without one."""
    return request.cookies.get(_device_cookie(), "")


def set_device(response: Response, device: str) -> None:
    """Have the browser keep this device cookie; logging out does not end it."""
    response.set_cookie(
        _device_cookie(), device, max_age=DEVICE, secure=_is_https(), httponly=True, samesite="Lax"
    )


def _device_cookie() -> str:
    return "__Host-digitree_device" if _is_https() else "digitree_device"


def _cookie() -> str:
    """The cookie's name. Browsers accept a `__Host-` cookie only over https and only from the host itself."""
    return "__Host-digitree" if _is_https() else "digitree"


def _is_https() -> bool:
    return request.is_secure or request.headers.get("X-Forwarded-Proto") == "https"
