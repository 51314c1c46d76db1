"""The cookie of a session, the proof that a change comes from the page, and how long a session is believed."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask, Response

from admin.http import sessions as sessions_module
from admin.http.principal import Principal
from admin.http.problems import ApiError
from admin.http.sessions import (
    FRESH_S,
    Sessions,
    check_csrf,
    check_origin,
    csrf_token,
    device_of_request,
    session_token,
    set_device,
)
from ivr.domain.users import UserSession
from tests.admin.test_believed_keys import NOW, Clock, OpenSessions

HTTPS = {"X-Forwarded-Proto": "https"}


class Store(OpenSessions):
    """Notes what is opened and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.closed: list[tuple[str, str]] = []

    def open(self, actor: str) -> tuple[str, UserSession]:
        self.opened.append(actor)
        return "new-token", self.kept["token"]

    def close(self, session_id: str, *, actor: str) -> None:
        self.closed.append((session_id, actor))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def sessions(store: Store) -> Sessions:
    return Sessions(store, Clock())  # type: ignore[arg-type]


def asked(**headers: str) -> Any:
    return Flask("tests").test_request_context(
        headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def attributes(response: Response) -> set[str]:
    """Of the one cookie that it sets, without the date, which says the same as Max-Age."""
    (cookie,) = response.headers.getlist("Set-Cookie")
    return {each for each in cookie.split("; ") if not each.startswith("Expires=")}


def test_the_cookie_of_a_new_session_is_out_of_reach_of_scripts_and_other_sites(
    sessions: Sessions, store: Store
) -> None:
    response = Response()
    with asked():
        sessions.log_in("user_1", response)
    assert attributes(response) == {"digitree=new-token", "Max-Age=604800", "HttpOnly", "SameSite=Lax", "Path=/"}
    assert (store.opened, store.closed) == (["user_1"], [])


def test_over_https_the_cookie_is_bound_to_it_and_to_the_host(sessions: Sessions) -> None:
    response = Response()
    with asked(**HTTPS):
        sessions.log_in("user_1", response)
    assert attributes(response) == {
        "__Host-digitree=new-token", "Max-Age=604800", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"
    }  # fmt: skip


def test_the_page_that_follows_a_log_in_at_once_has_the_new_session(sessions: Sessions) -> None:
    with asked():
        assert session_token() == ""
        sessions.log_in("user_1", Response())
        assert session_token() == "new-token"


def test_logging_in_ends_the_session_that_the_browser_had(sessions: Sessions, store: Store) -> None:
    with asked(Cookie="digitree=token"):
        sessions.log_in("user_2", Response())
    assert store.closed == [("session_1", "user_1")]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, {"digitree=", "Max-Age=0", "HttpOnly", "SameSite=Lax", "Path=/"}),
     (HTTPS, {"__Host-digitree=", "Max-Age=0", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"})],
)  # fmt: skip
def test_logging_out_takes_the_cookie_away(sessions: Sessions, headers: dict[str, str], expected: set[str]) -> None:
    response = Response()
    with asked(**headers):
        sessions.log_out(response)
    assert attributes(response) == expected


def test_logging_out_ends_the_session_and_this_process_believes_none_any_more(
    sessions: Sessions, store: Store
) -> None:
    with asked(Cookie="digitree=token"):
        assert sessions.of_request() is not None
        sessions.log_out(Response())
        assert store.closed == [("session_1", "user_1")]
        del store.kept["token"]
        assert sessions.of_request() is None


def test_a_cookie_over_https_is_not_one_over_http() -> None:
    with asked(Cookie="__Host-digitree=a; digitree=b", **HTTPS):
        assert session_token() == "a"
    with asked(Cookie="__Host-digitree=a; digitree=b"):
        assert session_token() == "b"
    with Flask("tests").test_request_context(base_url="https://localhost", headers={"Cookie": "__Host-digitree=a"}):
        assert session_token() == "a"
    with asked():
        assert session_token() == ""


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, {"digitree_device=d", "Max-Age=15552000", "HttpOnly", "SameSite=Lax", "Path=/"}),
     (HTTPS, {"__Host-digitree_device=d", "Max-Age=15552000", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"})],
)  # fmt: skip
def test_the_cookie_of_a_device_stays_half_a_year_and_is_out_of_reach_of_scripts_and_other_sites(
    headers: dict[str, str], expected: set[str]
) -> None:
    response = Response()
    with asked(**headers):
        set_device(response, "d")
    assert attributes(response) == expected


def test_the_device_cookie_of_https_is_not_that_of_http() -> None:
    with asked(Cookie="__Host-digitree_device=a; digitree_device=b", **HTTPS):
        assert device_of_request() == "a"
    with asked(Cookie="__Host-digitree_device=a; digitree_device=b"):
        assert device_of_request() == "b"
    with asked():
        assert device_of_request() == ""


def test_without_a_cookie_the_store_is_not_asked(sessions: Sessions, store: Store) -> None:
    assert sessions.of_token("") is None
    assert store.asked == 0


def test_a_token_that_is_no_text_is_nobodys(sessions: Sessions) -> None:
    assert sessions.of_token("\ud800") is None
    with asked(), pytest.raises(ApiError):
        check_csrf("\ud800")


def test_the_sessions_seen_last_are_known(sessions: Sessions, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_module, "_MAX_KNOWN", 2)
    for number in range(3):
        store.kept[f"t{number}"] = UserSession(f"s{number}", "user_1", "ada", [], NOW, NOW)
        sessions.of_token(f"t{number}")
    sessions.of_token("t1")
    assert sessions.of_token("t2") == Principal("user_1", frozenset(), "ada", "s2")
    assert store.asked == 3
    sessions.of_token("t0")
    assert store.asked == 4


def test_a_session_that_is_seen_again_is_known_longest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions_module, "_MAX_KNOWN", 2)
    clock = Clock()
    sessions = Sessions(store, clock)  # type: ignore[arg-type]
    for number in range(3):
        store.kept[f"t{number}"] = UserSession(f"s{number}", "user_1", "ada", [], NOW, NOW)
    sessions.of_token("t0")
    sessions.of_token("t1")
    clock.now += FRESH_S
    sessions.of_token("t0")
    sessions.of_token("t2")
    asked_before = store.asked
    assert sessions.of_token("t0") is not None
    assert store.asked == asked_before


def test_the_proof_belongs_to_the_session() -> None:
    with asked(Cookie="digitree=token"):
        assert csrf_token() == hashlib.sha256(b"digitree csrf token").hexdigest()
        check_csrf(csrf_token())
        with pytest.raises(ApiError) as error:
            check_csrf("")
    assert (error.value.status, error.value.code) == (403, "csrf")
    assert "load the page again" in error.value.detail


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({"Sec_Fetch_Site": "same-origin", "Origin": "https://elsewhere.example"}, True),
        ({"Sec_Fetch_Site": "same-site"}, False),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://localhost"}, True),
        ({"Origin": "http://elsewhere.example"}, False),
        ({}, False),
    ],
)
def test_a_change_comes_from_our_own_page(headers: dict[str, str], own: bool) -> None:
    with asked(**headers):
        if own:
            check_origin()
            return
        with pytest.raises(ApiError) as error:
            check_origin()
    assert (error.value.status, error.value.code) == (403, "foreign_origin")
    assert "send it from the page itself" in error.value.detail
