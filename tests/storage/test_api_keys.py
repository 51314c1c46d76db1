"""API keys: the secret is shown once and kept nowhere."""

from __future__ import annotations

import pytest

from ivr.storage.postgres.stores import PostgresStores


def test_a_new_key_opens_with_its_secret_and_with_nothing_else(stores: PostgresStores) -> None:
    key, secret = stores.keys.create("laptop", ["read", "calls"])
    found = stores.keys.find(secret)
    assert found is not None
    assert (found.key_id, found.name, list(found.scopes)) == (key.key_id, "laptop", ["read", "calls"])
    assert len(secret) >= 43
    for other in (secret[:-1], secret + "x", secret.swapcase(), "", "x" * 10_000, "\0" * 20, "\ud800" * 20):
        assert stores.keys.find(other) is None


def test_no_secret_is_kept(stores: PostgresStores) -> None:
    _, secret = stores.keys.create("laptop")
    with stores.database.transaction() as connection:
        rows = connection.execute("select api_key::text as row from api_key").fetchall()
    assert len(rows) == 1
    assert secret[8:] not in rows[0]["row"]


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(stores: PostgresStores) -> None:
    key, secret = stores.keys.create("laptop")
    assert stores.keys.revoke(key.key_id)
    assert not stores.keys.revoke(key.key_id)
    assert stores.keys.find(secret) is None
    assert [each.revoked_at is not None for each in stores.keys.list()] == [True]


def test_the_last_use_is_noted(stores: PostgresStores) -> None:
    _, secret = stores.keys.create("laptop")
    assert stores.keys.list()[0].last_used_at is None
    stores.keys.find(secret)
    assert stores.keys.list()[0].last_used_at is not None


def test_a_given_secret_becomes_one_key_however_often_it_is_given(stores: PostgresStores) -> None:
    first = stores.keys.adopt("a-bootstrap-secret", "bootstrap")
    again = stores.keys.adopt("a-bootstrap-secret", "bootstrap")
    assert first.key_id == again.key_id
    assert len(stores.keys.list()) == 1


def test_a_revoked_key_does_not_come_back_by_being_given_again(stores: PostgresStores) -> None:
    key = stores.keys.adopt("a-bootstrap-secret", "bootstrap")
    stores.keys.revoke(key.key_id)
    stores.keys.adopt("a-bootstrap-secret", "bootstrap")
    assert stores.keys.find("a-bootstrap-secret") is None


@pytest.mark.parametrize(("secret", "scopes"), [("short", ["read"]), ("x" * 300, ["read"]), ("x" * 20, ["root"])])
def test_a_weak_secret_or_an_unknown_scope_is_refused(stores: PostgresStores, secret: str, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="a key has"):
        stores.keys.adopt(secret, "x", scopes)


def test_each_change_of_a_key_is_in_the_audit_log_and_nothing_else(stores: PostgresStores) -> None:
    key, _ = stores.keys.create("laptop", ["read"], actor="command line")
    bootstrap = stores.keys.adopt("a-bootstrap-secret", "bootstrap", ["read"])
    stores.keys.adopt("a-bootstrap-secret", "bootstrap", ["read"])
    stores.keys.adopt("a-bootstrap-secret", "bootstrap", ["read", "write"])
    stores.keys.revoke(key.key_id, actor="key_2")
    stores.keys.revoke(key.key_id, actor="key_2")
    told = [(each.actor, each.action, each.subject) for each in stores.audit.list().items]
    assert told == [
        ("key_2", "key.revoke", key.key_id),
        ("digitree", "key.change", bootstrap.key_id),
        ("digitree", "key.create", bootstrap.key_id),
        ("command line", "key.create", key.key_id),
    ]
    change = stores.audit.list(subject=bootstrap.key_id).items[0]
    assert (change.before, change.after) == (
        {"scopes": ["read"]},
        {"name": "bootstrap", "scopes": ["read", "write"]},
    )
