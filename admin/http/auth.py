"""Authentication and authorization: `Authorization: Bearer KEY` or a session of the page, scopes, and limits on
guesses and on requests.

A verified API key is trusted for FRESH_S, so most requests need no query and a revocation takes effect within
seconds. While Postgres is away, a key verified within the last STALE_S is still trusted. At an address that sent
too many wrong keys, a key that was not verified from there before is verified slowly, and a wrong one gets 429: a key
has 256 random bits, so what must be limited is the work, and others behind the same address can go on working. A
request without a key is not a guess. Passwords: `admin.http.log_ins`.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import g, request

from admin.http.limits import Guesses, SharedLimits
from admin.http.principal import Principal
from admin.http.problems import ApiError
from admin.http.sessions import CSRF_HEADER, SAFE_METHODS, Sessions, check_csrf, check_origin, session_token
from ivr.domain.errors import StorageUnavailable
from ivr.domain.roles import OR, roles_that
from ivr.ports.keys import ApiKey, KeyStore

FRESH_S = 3.0
STALE_S = 900.0
_MAX_KNOWN = 1000
# RFC 6750, section 2.1, and no longer than an API key can be.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]{8,256}=*) *", re.ASCII | re.IGNORECASE)


@dataclass(slots=True)
class _Known:
    principal: Principal
    verified_at: float
    expires_at: datetime | None

    def need_time_left(self) -> Principal:
        """Raises ApiError 401 when the key has ended."""
        if self.expires_at is not None and self.expires_at <= datetime.now(UTC):
            ended = f"{self.expires_at:%Y-%m-%d at %H:%M} UTC"
            text = f"this API key ended on {ended}; ask an administrator for a new one"
            raise _unauthorized("key_expired", text, 'Bearer error="invalid_token", error_description="expired"')
        return self.principal


class Auth:
    """One per process."""

    def __init__(
        self,
        keys: KeyStore,
        guesses: Guesses,
        limits: SharedLimits,
        clock: Callable[[], float] = time.monotonic,
        sessions: Sessions | None = None,
        slow_down: Callable[[], object] = lambda: None,
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._guesses = guesses
        self._limits = limits
        self._clock = clock
        self._slow_down = slow_down
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def require(self, scope: str) -> Principal:
        """The principal of the current request's API key or, without a key, of its session. Raises ApiError 401, 403
        (the scope is missing), 429 or 503."""
        header = request.headers.get("Authorization", "")
        match = _BEARER.fullmatch(header)
        if match is not None:
            return self.admit(self.verify(match[1], request.remote_addr or "?"), scope)
        principal = self._sessions.of_request() if self._sessions and not header else None
        if principal is None:
            code = "key_missing" if not header else "key_malformed"
            raise _unauthorized(
                code, "send an API key in the header Authorization: Bearer KEY", 'Bearer realm="digitree"'
            )
        if request.method not in SAFE_METHODS:
            check_origin()
            check_csrf(request.headers.get(CSRF_HEADER, ""))
        return self.admit(principal, scope)

    def admit(self, principal: Principal, scope: str | None) -> Principal:
        """Count a request of an authenticated principal; raises ApiError 403 or 429."""
        g.principal = principal
        window = self._limits.count(principal.key_id)
        g.rate = window
        if window.exceeded:
            raise ApiError(
                429,
                "too_many_requests",
                f"an API key may send {window.limit:,} requests in {window.period_s} s; wait {window.reset_s} s",
                headers={"Retry-After": str(window.reset_s)},
            )
        if scope is not None and not principal.may(scope):
            one = scope.split(OR)[0]
            raise ApiError(
                403,
                "scope_missing",
                f'this needs the scope "{scope}", which your key does not have; {_roles_with(scope)}',
                headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{one}"'},
            )
        return principal

    def _too_many(self) -> ApiError:
        return ApiError(
            429,
            "too_many_wrong_keys",
            f"more than {self._guesses.limit} wrong keys or passwords came from this address in "
            f"{self._guesses.period_s} s; wait and try again",
            headers={"Retry-After": str(self._guesses.period_s)},
        )

    def verify(self, secret: str, address: str) -> Principal:
        """The principal of a secret. Secrets are kept only as hashes, here and in the store, so the time that a
        comparison takes reveals nothing. Raises ApiError 401, 429 or StorageUnavailable."""
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        now = self._clock()
        if known and now - known.verified_at < FRESH_S:
            return known.need_time_left()
        suspect = self._guesses.exceeded(address) and not self._guesses.was_good(digest, address)
        if suspect:
            self._slow_down()
        try:
            key = self._keys.find(secret)
        except StorageUnavailable:
            if known and now - known.verified_at < STALE_S:
                return known.need_time_left()
            raise
        if key is None:
            self._known.pop(digest, None)
            self._guesses.count(address)
            if suspect:
                raise self._too_many()
            raise _unauthorized("key_unknown", "this API key is unknown or revoked", 'Bearer error="invalid_token"')
        self._guesses.note_good(digest, address)
        return self._know(digest, key).need_time_left()

    def _know(self, digest: bytes, key: ApiKey) -> _Known:
        principal = Principal(key.key_id, frozenset(key.scopes), key.name)
        self._known.pop(digest, None)
        known = self._known[digest] = _Known(principal, self._clock(), key.expires_at)
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)
        return known

    def standing(self, scope: str) -> Callable[[], bool]:
        """A check whether the sender of the current request still has this scope, for an answer that lasts long
        after the request. While Postgres is away the sender is trusted."""
        match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        token = session_token()
        sessions = self._sessions

        def stands() -> bool:
            try:
                if match is not None:
                    principal: Principal | None = self._believed(match[1])
                else:
                    principal = sessions.of_token(token) if sessions else None
            except StorageUnavailable:
                return True
            except ApiError:
                return False
            return principal is not None and principal.may(scope)

        return stands

    def _believed(self, secret: str) -> Principal | None:
        """As `verify`, for a key that was verified before: a refusal does not count as a guess. Raises ApiError 401
        when it has ended."""
        digest = hashlib.sha256(secret.encode()).digest()
        known = self._known.get(digest)
        if known and self._clock() - known.verified_at < FRESH_S:
            return known.need_time_left()
        key = self._keys.find(secret)
        return None if key is None else self._know(digest, key).need_time_left()

    def forget(self, key_id: str) -> None:
        """Drop a key from the cache: one revoked in this process is refused here at once."""
        for digest in [each for each, known in self._known.items() if known.principal.key_id == key_id]:
            del self._known[digest]


def _roles_with(scope: str) -> str:
    roles = roles_that(scope)
    return f"the role {roles[0]} has it" if len(roles) == 1 else f"the roles {', '.join(roles)} have it"


def _unauthorized(code: str, detail: str, challenge: str) -> ApiError:
    return ApiError(401, code, detail, headers={"WWW-Authenticate": challenge})
