"""How long a key is believed, what a guess costs, and whose request is whose: without a server, on a clock of the
test's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, g

from admin.http import auth as auth_module
from admin.http.auth import FRESH_S, STALE_S, Auth
from admin.http.limits import Guesses, SharedLimits
from admin.http.principal import Principal
from admin.http.problems import ApiError
from admin.http.sessions import FRESH_S as SESSION_FRESH_S
from admin.http.sessions import Sessions
from ivr.domain.errors import StorageUnavailable
from ivr.domain.users import UserSession
from ivr.ports.keys import ApiKey

SECRET, OTHER = "dt_secret_of_the_tests", "dt_another_secret"
ADDRESS = "192.0.2.1"
NOW = datetime(2026, 3, 9, tzinfo=UTC)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Keys:
    """A store of keys by their secret. `asked` counts look-ups."""

    def __init__(self) -> None:
        self.kept = {SECRET: ApiKey("key_1", "shop", "dt_s", ["read"], NOW)}
        self.asked = 0
        self.away = False

    def find(self, secret: str) -> ApiKey | None:
        self.asked += 1
        if self.away:
            raise StorageUnavailable("away")
        return self.kept.get(secret)


class OpenSessions:
    """A store of sessions by their token."""

    def __init__(self) -> None:
        self.kept = {"token": UserSession("session_1", "user_1", "ada", ["read", "calls"], NOW, NOW)}
        self.asked = 0
        self.away = False

    def find(self, token: str) -> UserSession | None:
        self.asked += 1
        if self.away:
            raise StorageUnavailable("away")
        return self.kept.get(token)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def open_sessions() -> OpenSessions:
    return OpenSessions()


@pytest.fixture
def slowed() -> list[int]:
    """An entry for each verification that was slowed down."""
    return []


@pytest.fixture
def auth(keys: Keys, open_sessions: OpenSessions, clock: Clock, slowed: list[int]) -> Auth:
    return Auth(
        keys,  # type: ignore[arg-type]
        Guesses(None, limit=2, period_s=60),
        SharedLimits(None, 3, 60, clock),
        clock,
        Sessions(open_sessions, clock),  # type: ignore[arg-type]
        lambda: slowed.append(1),
    )


@pytest.fixture
def flask() -> Flask:
    return Flask("tests")


def refused(error: pytest.ExceptionInfo[ApiError]) -> tuple[int, str]:
    return error.value.status, error.value.code


# -- keys ---------------------------------------------------------------------------------------------------------


def test_a_verified_key_is_believed_for_three_seconds_without_a_query(auth: Auth, keys: Keys, clock: Clock) -> None:
    assert auth.verify(SECRET, ADDRESS) == Principal("key_1", frozenset({"read"}), "shop")
    clock.now += FRESH_S - 0.001
    assert auth.verify(SECRET, ADDRESS).key_id == "key_1"
    assert keys.asked == 1
    clock.now += 0.001
    auth.verify(SECRET, ADDRESS)
    assert keys.asked == 2
    clock.now += FRESH_S - 0.001
    auth.verify(SECRET, ADDRESS)
    assert keys.asked == 2, "the second query counts as the first did"


def test_a_revoked_key_is_refused_when_it_is_no_longer_fresh(auth: Auth, keys: Keys, clock: Clock) -> None:
    auth.verify(SECRET, ADDRESS)
    del keys.kept[SECRET]
    auth.verify(SECRET, ADDRESS)
    clock.now += FRESH_S
    for _ in range(2):
        with pytest.raises(ApiError) as error:
            auth.verify(SECRET, ADDRESS)
        assert refused(error) == (401, "key_unknown")
        assert error.value.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        assert error.value.detail


def test_a_key_that_has_ended_is_refused_with_its_end_however_fresh_it_is(
    auth: Auth, keys: Keys, flask: Flask
) -> None:
    in_time = datetime.now(UTC) + timedelta(days=1)
    keys.kept[SECRET] = replace(keys.kept[SECRET], expires_at=in_time)
    assert auth.verify(SECRET, ADDRESS).key_id == "key_1"
    assert auth.verify(SECRET, ADDRESS).key_id == "key_1"
    ended_at = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
    keys.kept[OTHER] = ApiKey("key_2", "van", "dt_a", ["read"], NOW, expires_at=ended_at)
    with flask.test_request_context(headers={"Authorization": f"Bearer {OTHER}"}):
        stands = auth.standing("read")
    assert not stands()
    for _ in range(2):
        with pytest.raises(ApiError) as error:
            auth.verify(OTHER, ADDRESS)
        assert refused(error) == (401, "key_expired")
        assert error.value.detail.startswith("this API key ended on 2026-03-09 at 14:05 UTC;")
        challenge = 'Bearer error="invalid_token", error_description="expired"'
        assert error.value.headers["WWW-Authenticate"] == challenge
    assert keys.asked == 2, "a key that has ended is no wrong one"


def test_a_key_revoked_here_is_refused_at_once_and_no_other(auth: Auth, keys: Keys) -> None:
    keys.kept[OTHER] = ApiKey("key_2", "van", "dt_a", ["read"], NOW)
    auth.verify(SECRET, ADDRESS)
    auth.verify(OTHER, ADDRESS)
    auth.forget("key_1")
    auth.verify(OTHER, ADDRESS)
    assert keys.asked == 2
    auth.verify(SECRET, ADDRESS)
    assert keys.asked == 3


def test_while_postgres_is_away_a_key_of_the_last_quarter_of_an_hour_is_believed(
    auth: Auth, keys: Keys, clock: Clock
) -> None:
    auth.verify(SECRET, ADDRESS)
    keys.away = True
    clock.now += STALE_S - 0.001
    assert auth.verify(SECRET, ADDRESS).key_id == "key_1"
    clock.now += 0.001
    with pytest.raises(StorageUnavailable):
        auth.verify(SECRET, ADDRESS)
    with pytest.raises(StorageUnavailable):
        auth.verify(OTHER, ADDRESS)


def test_a_key_that_was_refused_is_not_believed_when_postgres_goes_away(
    auth: Auth, keys: Keys, clock: Clock
) -> None:
    auth.verify(SECRET, ADDRESS)
    del keys.kept[SECRET]
    clock.now += FRESH_S
    with pytest.raises(ApiError):
        auth.verify(SECRET, ADDRESS)
    keys.away = True
    with pytest.raises(StorageUnavailable):
        auth.verify(SECRET, ADDRESS)


def test_the_keys_verified_last_are_known(auth: Auth, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth_module, "_MAX_KNOWN", 2)
    secrets = [f"dt_secret_{number}" for number in range(3)]
    for secret in secrets:
        keys.kept[secret] = ApiKey(secret, "", "", [], NOW)
        auth.verify(secret, ADDRESS)
    auth.verify(secrets[1], ADDRESS)
    auth.verify(secrets[2], ADDRESS)
    assert keys.asked == 3
    auth.verify(secrets[0], ADDRESS)
    assert keys.asked == 4


def test_a_key_that_is_verified_again_stays_longest(
    auth: Auth, keys: Keys, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth_module, "_MAX_KNOWN", 2)
    for secret in ("dt_secret_0", "dt_secret_1"):
        keys.kept[secret] = ApiKey(secret, "", "", [], NOW)
        auth.verify(secret, ADDRESS)
    clock.now += FRESH_S
    auth.verify("dt_secret_0", ADDRESS)
    auth.verify(SECRET, ADDRESS)
    asked = keys.asked
    auth.verify("dt_secret_0", ADDRESS)
    assert keys.asked == asked


# -- guesses ------------------------------------------------------------------------------------------------------


def test_at_an_address_that_guesses_a_right_key_is_verified_slowly_and_a_known_one_at_once(
    auth: Auth, keys: Keys, clock: Clock, slowed: list[int]
) -> None:
    keys.kept[OTHER] = ApiKey("key_2", "van", "dt_a", ["read"], NOW)
    auth.verify(SECRET, ADDRESS)
    for number in range(2):
        with pytest.raises(ApiError) as error:
            auth.verify(f"dt_wrong_{number}", ADDRESS)
        assert refused(error) == (401, "key_unknown")
    with pytest.raises(ApiError) as error:
        auth.verify("dt_wrong_again", ADDRESS)
    assert refused(error) == (429, "too_many_wrong_keys")
    assert error.value.headers["Retry-After"] == "60"
    assert len(slowed) == 1
    assert auth.verify(OTHER, ADDRESS).key_id == "key_2", "who guesses locks nobody out"
    assert len(slowed) == 2
    clock.now += FRESH_S
    assert auth.verify(SECRET, ADDRESS).key_id == "key_1"
    assert auth.verify(OTHER, "192.0.2.2").key_id == "key_2"
    assert len(slowed) == 2


# -- requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [f"Bearer {SECRET}", f"bearer   {SECRET}  ", f"BEARER {SECRET}"])
def test_a_request_with_a_key_is_its_keys(auth: Auth, flask: Flask, header: str) -> None:
    with flask.test_request_context(headers={"Authorization": header}):
        assert auth.require("read").key_id == "key_1"
        assert g.principal.key_id == "key_1"
        assert (g.rate.limit, g.rate.remaining) == (3, 2)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "key_missing"),
        ({"Authorization": "Bearer"}, "key_malformed"),
        ({"Authorization": f"Basic {SECRET}"}, "key_malformed"),
        ({"Authorization": f"Bearer {SECRET} x"}, "key_malformed"),
        ({"Authorization": "Bearer " + "x" * 257}, "key_malformed"),
        ({"Authorization": "Bearer seven77"}, "key_malformed"),
        ({"Authorization": "x", "Cookie": "digitree=token"}, "key_malformed"),
        ({"Cookie": "digitree=another"}, "key_missing"),
    ],
)
def test_a_request_without_a_key_is_nobodys_and_no_guess(
    auth: Auth, flask: Flask, headers: dict[str, str], code: str
) -> None:
    for _ in range(4):
        with flask.test_request_context(headers=headers), pytest.raises(ApiError) as error:
            auth.require("read")
        assert refused(error) == (401, code)
        assert error.value.headers["WWW-Authenticate"] == 'Bearer realm="digitree"'


def test_a_scope_that_the_key_lacks_is_named(auth: Auth, flask: Flask) -> None:
    with flask.test_request_context(headers={"Authorization": f"Bearer {SECRET}"}), pytest.raises(ApiError) as error:
        auth.require("write")
    assert refused(error) == (403, "scope_missing")
    assert '"write"' in error.value.detail
    assert error.value.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="write"'


def test_requests_beyond_the_limit_are_refused_for_the_rest_of_the_minute(auth: Auth, flask: Flask) -> None:
    principal = Principal("key_1", frozenset({"read"}))
    with flask.test_request_context():
        for _ in range(3):
            assert auth.admit(principal, None) is principal
        with pytest.raises(ApiError) as error:
            auth.admit(principal, "write")
        assert refused(error) == (429, "too_many_requests")
        assert error.value.headers["Retry-After"] == "20"
        assert "3 requests in 60 s; wait 20 s" in error.value.detail
        assert auth.admit(Principal("key_2", frozenset()), None).key_id == "key_2"


# -- sessions -----------------------------------------------------------------------------------------------------


@pytest.fixture
def on_the_page(flask: Flask) -> Iterator[None]:
    with flask.test_request_context(headers={"Cookie": "digitree=token"}):
        yield


def test_a_session_of_the_page_is_believed_for_three_seconds(
    auth: Auth, open_sessions: OpenSessions, clock: Clock, on_the_page: None
) -> None:
    assert auth.require("calls") == Principal("user_1", frozenset({"read", "calls"}), "ada", "session_1")
    clock.now += SESSION_FRESH_S - 0.001
    auth.require("read")
    assert open_sessions.asked == 1
    clock.now += 0.001
    open_sessions.kept.clear()
    for _ in range(2):
        with pytest.raises(ApiError) as error:
            auth.require("read")
        assert refused(error) == (401, "key_missing")


def test_a_change_by_a_session_must_come_from_the_page(auth: Auth, flask: Flask) -> None:
    from admin.http.sessions import CSRF_HEADER, csrf_token

    own = {"Cookie": "digitree=token", "Origin": "http://localhost"}
    with flask.test_request_context(headers=own):
        token = csrf_token()
    for headers, code in (
        ({"Cookie": "digitree=token", CSRF_HEADER: token}, "foreign_origin"),
        (own, "csrf"),
        (own | {CSRF_HEADER: token[::-1]}, "csrf"),
    ):
        with flask.test_request_context(method="POST", headers=headers), pytest.raises(ApiError) as error:
            auth.require("read")
        assert refused(error) == (403, code)
    with flask.test_request_context(method="POST", headers=own | {CSRF_HEADER: token}):
        assert auth.require("read").key_id == "user_1"
    with flask.test_request_context(method="POST", headers={"Authorization": f"Bearer {SECRET}"}):
        assert auth.require("read").key_id == "key_1", "a key needs no proof"


# -- streams ------------------------------------------------------------------------------------------------------


def test_the_sender_of_a_stream_stands_until_the_key_is_revoked(
    auth: Auth, flask: Flask, keys: Keys, clock: Clock, slowed: list[int]
) -> None:
    keys.kept[OTHER] = ApiKey("key_2", "van", "dt_a", ["read"], NOW)
    with flask.test_request_context(headers={"Authorization": f"Bearer {SECRET}"}):
        stands, writes = auth.standing("read"), auth.standing("write")
    assert stands()
    assert not writes()
    assert keys.asked == 1
    clock.now += FRESH_S - 0.001
    assert stands()
    assert keys.asked == 1
    clock.now += 0.001
    keys.away = True
    assert stands(), "while Postgres is away it is believed"
    keys.away = False
    del keys.kept[SECRET]
    assert not stands()
    auth.verify(OTHER, ADDRESS)
    assert slowed == [], "a refusal is no guess"


def test_the_sender_of_a_stream_stands_until_the_session_ends(
    auth: Auth, flask: Flask, open_sessions: OpenSessions, clock: Clock
) -> None:
    with flask.test_request_context(headers={"Cookie": "digitree=token"}):
        stands, writes = auth.standing("calls"), auth.standing("write")
    assert stands()
    assert not writes()
    clock.now += SESSION_FRESH_S
    open_sessions.away = True
    assert stands()
    open_sessions.away = False
    open_sessions.kept.clear()
    assert not stands()


def test_without_sessions_a_cookie_is_nobodys(keys: Keys, flask: Flask) -> None:
    auth = Auth(keys, Guesses(None), SharedLimits(None, 3, 60))  # type: ignore[arg-type]
    with flask.test_request_context(headers={"Cookie": "digitree=token"}):
        stands = auth.standing("read")
        with pytest.raises(ApiError) as error:
            auth.require("read")
    assert refused(error) == (401, "key_missing")
    assert not stands()
