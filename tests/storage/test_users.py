"""Users and sessions: passwords as hashes, sessions that end when they should."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from ivr.domain.errors import UserTaken
from ivr.domain.roles import SCOPES, USUAL_SCOPES
from ivr.storage.postgres.stores import PostgresStores

PASSWORD = "correct horse battery"


@pytest.fixture
def stores(database: str) -> Iterator[PostgresStores]:
    opened = PostgresStores(database)
    yield opened
    opened.close()


def test_a_password_is_kept_as_argon2id_and_checked(stores: PostgresStores, database: str) -> None:
    made = stores.users.create("Ada", PASSWORD, ("read",), actor="tests")
    with psycopg.connect(database) as connection:
        (kept,) = connection.execute("select password_hash from app_user").fetchone() or ("",)
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    found = stores.users.check("aDA", PASSWORD)
    assert found is not None
    assert (found.user_id, found.scopes) == (made.user_id, ["read"])
    assert found.last_login_at is not None
    assert stores.users.check("ada", PASSWORD + " ") is None
    assert stores.users.check("bob", PASSWORD) is None


def test_a_name_is_taken_whatever_its_case(stores: PostgresStores) -> None:
    stores.users.create("ada", PASSWORD, SCOPES, actor="tests")
    with pytest.raises(UserTaken):
        stores.users.create("ADA", PASSWORD, SCOPES, actor="tests")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(stores: PostgresStores, password: str) -> None:
    with pytest.raises(ValueError, match="10 to 200"):
        stores.users.create("ada", password, SCOPES, actor="tests")


def test_a_session_is_known_by_its_token_alone_and_ends_once(stores: PostgresStores, database: str) -> None:
    key, _ = stores.keys.create("tests", ("read",))
    token, session = stores.sessions.open(key.key_id)
    found = stores.sessions.find(token)
    assert found is not None
    assert (found.session_id, found.actor, list(found.scopes)) == (session.session_id, key.key_id, ["read"])
    assert stores.sessions.find(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    with psycopg.connect(database) as connection:
        assert token.encode() not in connection.execute("select token_hash from web_session").fetchall()[0][0]
    assert stores.sessions.close(session.session_id, actor="tests")
    assert not stores.sessions.close(session.session_id, actor="tests")
    assert stores.sessions.find(token) is None


@pytest.mark.parametrize("age", ["seen_at = now() - interval '13 hours'", "created_at = now() - interval '8 days'"])
def test_a_session_ends_when_it_was_not_used_and_in_any_case(
    stores: PostgresStores, database: str, age: str
) -> None:
    key, _ = stores.keys.create("tests")
    token, _ = stores.sessions.open(key.key_id)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"update web_session set {age}")  # noqa: S608
    assert stores.sessions.find(token) is None
    assert stores.sessions.list() == []
    stores.sessions.open(key.key_id)
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from web_session").fetchone() == (1,)


def test_a_session_ends_with_its_key(stores: PostgresStores) -> None:
    key, _ = stores.keys.create("tests")
    token, _ = stores.sessions.open(key.key_id)
    stores.keys.revoke(key.key_id)
    assert stores.sessions.find(token) is None


def test_a_new_password_and_being_disabled_end_the_sessions(stores: PostgresStores) -> None:
    user = stores.users.create("ada", PASSWORD, USUAL_SCOPES, actor="tests")
    token, _ = stores.sessions.open(user.user_id)
    stores.users.change(user.user_id, actor="tests", scopes=("read",))
    found = stores.sessions.find(token)
    assert found is not None
    assert list(found.scopes) == ["read"]
    stores.users.change(user.user_id, actor="tests", password="another password")
    assert stores.sessions.find(token) is None
    assert stores.users.check("ada", PASSWORD) is None
    token, _ = stores.sessions.open(user.user_id)
    stores.users.change(user.user_id, actor="tests", disabled=True)
    assert stores.sessions.find(token) is None
    assert stores.users.check("ada", "another password") is None


def test_what_is_done_to_users_is_audited_without_passwords(stores: PostgresStores) -> None:
    user = stores.users.create("ada", PASSWORD, ("read",), actor="tests")
    stores.users.change(user.user_id, actor="tests", password="another password")
    entries = stores.audit.list(action="user").items
    assert [(each.action, each.actor, each.subject) for each in entries] == [
        ("user.change", "tests", user.user_id),
        ("user.create", "tests", user.user_id),
    ]
    assert entries[0].after["password"] == "changed"
    assert PASSWORD not in str(entries)
    assert "another" not in str(entries)
