"""Who may: `Authorization: Bearer KEY` or a session of the page, scopes, and limits on guessing and on asking.

A verified key is believed for FRESH_S, so reads cost no query and a revocation counts within seconds. When
Postgres is away a key seen good in the last STALE_S is still believed. An address that sent too many wrong
keys gets 429 for every key that was not good from there before: a guess that hits does not show, and whoever works
behind the same address goes on working. A request without any key is no guess.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from flask import g, request

from admin.http.limits import Guesses, SharedLimits
from admin.http.problems import ApiError
from admin.http.sessions import CSRF_HEADER, SAFE_METHODS, check_csrf, check_origin, session_token
from ivr.domain.errors import StorageUnavailable
from ivr.ports.keys import ApiKey, KeyStore

if TYPE_CHECKING:
    from admin.http.sessions import Sessions

T = TypeVar("T")

FRESH_S = 3.0
STALE_S = 900.0
_MAX_KNOWN = 1000
# RFC 6750, section 2.1, and not longer than any key of ours
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]{8,256}=*) *", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Principal:
    """A key that was found good, or who is logged in: then `key_id` is the id of the user or key, and `session_id` is
    set."""

    key_id: str
    scopes: frozenset[str]
    name: str = ""
    session_id: str | None = None


@dataclass(slots=True)
class _Known:
    principal: Principal
    verified_at: float


class Auth:
    """One per process."""

    def __init__(
        self,
        keys: KeyStore,
        guesses: Guesses,
        limits: SharedLimits,
        clock: Callable[[], float] = time.monotonic,
        sessions: Sessions | None = None,
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._guesses = guesses
        self._limits = limits
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def require(self, scope: str) -> Principal:
        """The key of the current request, or its session when it has no key, which must have this scope. Raises
        ApiError 401, 403, 429 or 503."""
        header = request.headers.get("Authorization", "")
        match = _BEARER.fullmatch(header)
        if match is not None:
            return self.admit(self.verify(match[1], request.remote_addr or "?"), scope)
        principal = self._sessions.of_request() if self._sessions and not header else None
        if principal is None:
            code = "key_missing" if not header else "key_malformed"
            raise _unauthorized(code, "send Authorization: Bearer KEY", 'Bearer realm="digitree"')
        if request.method not in SAFE_METHODS:
            check_origin()
            check_csrf(request.headers.get(CSRF_HEADER, ""))
        return self.admit(principal, scope)

    def admit(self, principal: Principal, scope: str | None) -> Principal:
        """Count a request of somebody who is known; raises ApiError 403 or 429."""
        g.principal = principal
        window = self._limits.count(principal.key_id)
        g.rate = window
        if window.exceeded:
            raise ApiError(
                429,
                "too_many_requests",
                f"this key may send {window.limit} requests in {window.period_s} s",
                headers={"Retry-After": str(window.reset_s)},
            )
        if scope is not None and scope not in principal.scopes:
            raise ApiError(
                403,
                "scope_missing",
                f"this key has no scope `{scope}`",
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
            )
        return principal

    def guess(self, address: str, check: Callable[[], T | None]) -> T | None:
        """What `check` makes of a password from there; None is a wrong guess. It is counted before it is known to be
        one: a password takes long to check, and many at once would all still be let through. Raises ApiError 429."""
        if not self._guesses.take(address):
            raise self._too_many()
        try:
            found = check()
        except Exception:
            self._guesses.give_back(address)
            raise
        if found is not None:
            self._guesses.give_back(address)
        return found

    def _too_many(self) -> ApiError:
        return ApiError(
            429,
            "too_many_wrong_keys",
            "too many wrong keys came from this address",
            headers={"Retry-After": str(self._guesses.period_s)},
        )

    def verify(self, secret: str, address: str) -> Principal:
        """The principal of a secret. Secrets are known by their hash alone, here as in the store: nothing that is
        compared byte by byte can be approached byte by byte."""
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        now = self._clock()
        if known and now - known.verified_at < FRESH_S:
            return known.principal
        if self._guesses.exceeded(address) and not self._guesses.was_good(digest, address):
            raise self._too_many()
        try:
            key = self._keys.find(secret)
        except StorageUnavailable:
            if known and now - known.verified_at < STALE_S:
                return known.principal
            raise
        if key is None:
            self._known.pop(digest, None)
            self._guesses.count(address)
            raise _unauthorized("key_unknown", "this key is unknown or revoked", 'Bearer error="invalid_token"')
        self._guesses.note_good(digest, address)
        return self._know(digest, key)

    def _know(self, digest: bytes, key: ApiKey) -> Principal:
        principal = Principal(key.key_id, frozenset(key.scopes), key.name)
        self._known.pop(digest, None)
        self._known[digest] = _Known(principal, self._clock())
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return principal

    def standing(self, scope: str) -> Callable[[], bool]:
        """Asks whether who sent the current request may still ask for it: for an answer that goes on long after this
        check. While Postgres is away who was known is believed."""
        match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        token = "" if match else session_token()
        sessions = self._sessions

        def stands() -> bool:
            try:
                if match is not None:
                    principal: Principal | None = self._believed(match[1])
                else:
                    principal = sessions.of_token(token) if sessions else None
            except StorageUnavailable:
                return True
            return principal is not None and scope in principal.scopes

        return stands

    def _believed(self, secret: str) -> Principal | None:
        """As `verify`, of a key that was good before: a refusal is no guess."""
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        if known and self._clock() - known.verified_at < FRESH_S:
            return known.principal
        key = self._keys.find(secret)
        return None if key is None else self._know(digest, key)

    def forget(self, key_id: str) -> None:
        """A key revoked here is refused here at once."""
        for digest in [each for each, known in self._known.items() if known.principal.key_id == key_id]:
            del self._known[digest]


def _unauthorized(code: str, detail: str, challenge: str) -> ApiError:
    return ApiError(401, code, detail, headers={"WWW-Authenticate": challenge})
