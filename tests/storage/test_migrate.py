"""The step from an empty database to ours."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ivr.domain.errors import SchemaIsNewer, StorageUnavailable
from ivr.domain.numbers import E164
from ivr.domain.trunks.model import Trunk
from ivr.storage.postgres.migrate import check_schema, upgrade
from ivr.storage.postgres.stores import PostgresStores
from tests.helpers import as_owner, as_superuser
from tests.storage.conftest import opt_out


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused_with_what_to_do(
    migrated_postgres_url: str, encoding: str
) -> None:
    migrated_postgres_url = as_superuser(migrated_postgres_url)
    name = f"other_{uuid.uuid4().hex}"
    made = sql.SQL("create database {} template template0 encoding {} locale 'C'")
    with psycopg.connect(migrated_postgres_url, autocommit=True) as connection:
        connection.execute(made.format(sql.Identifier(name), encoding))
    try:
        with pytest.raises(StorageUnavailable, match=f"is {encoding}.*createdb --template=template0 --encoding=UTF8"):
            upgrade(psycopg.conninfo.make_conninfo(migrated_postgres_url, dbname=name))
    finally:
        with psycopg.connect(migrated_postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


def test_numbers_that_cannot_exist_are_told_of_and_stay(
    stores: PostgresStores, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in ("+15550170", "+14805550001", "+266696687", "+442079460018", "+11111111111"):
        stores.dnc.record(opt_out(number))
    stores.dnc.record(opt_out(None))
    with psycopg.connect(as_owner(database)) as connection:
        connection.execute("update alembic_version set version_num = '0014'")
    upgrade(database, as_owner(database))
    (told,) = [line for line in caplog.messages if "cannot exist" in line]
    assert told.startswith("3 entries of the do-not-call lists have a number that cannot exist; they stay")
    assert len(stores.dnc.list().items) == 6


def test_a_new_database_is_made_without_a_warning_of_postgres(
    migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a first start they stand in the terminal, before Digitree is ready."""
    warned: list[str | None] = []
    connect = psycopg.connect

    def heard(*args: Any, **kwargs: Any) -> psycopg.Connection[Any]:
        connection = connect(*args, **kwargs)
        connection.add_notice_handler(
            lambda told: warned.append(told.message_primary) if told.severity_nonlocalized == "WARNING" else None
        )
        return connection

    name = f"other_{uuid.uuid4().hex}"
    url, owner = (
        psycopg.conninfo.make_conninfo(each, dbname=name)
        for each in (migrated_postgres_url, as_owner(migrated_postgres_url))
    )
    with connect(as_superuser(migrated_postgres_url), autocommit=True) as superuser:
        superuser.execute(sql.SQL("create database {} owner digitree_owner").format(sql.Identifier(name)))
        try:
            monkeypatch.setattr(psycopg, "connect", heard)
            upgrade(url, owner)
            assert warned == []
            with connect(url) as application:
                found = application.execute("select similarity('4155550100', '5550100') > 0").fetchone()
            assert found == (True,)
        finally:
            superuser.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))


def test_what_could_write_may_do_with_new_scopes_what_it_did_before(stores: PostgresStores, database: str) -> None:
    for scopes in (["read"], ["calls"], ["write"], ["read", "write", "calls"]):
        stores.keys.create(" ".join(scopes), scopes)
        stores.users.create("-".join(scopes), "correct horse battery", scopes, actor="tests")
    for _ in range(2):
        with psycopg.connect(as_owner(database)) as connection:
            connection.execute("update alembic_version set version_num = '0018'")
        upgrade(database, as_owner(database))
    wide = ["dnc", "admin"]
    expected = [["calls"], ["read"], ["read", "write", "calls", *wide], ["write", *wide]]
    assert sorted(list(key.scopes) for key in stores.keys.list()) == expected
    assert sorted(list(user.scopes) for user in stores.users.list()) == expected


def test_numbers_of_trunks_come_to_their_one_form_and_telephones_hear_another_code(
    stores: PostgresStores, database: str
) -> None:
    stores.telephones.add(E164("+14155552671"), actor="a")
    before = ["+4402079460000", "+442079460000", "+14155550100", "+15550170"]
    stores.trunks.create(Trunk("carrier", numbers=tuple(map(E164, before))), actor="a")
    with psycopg.connect(as_owner(database)) as connection:
        connection.execute("update telephone set verified_at = now()")
        connection.execute("drop table telephone_trunk")
        connection.execute("update alembic_version set version_num = '0036'")
    upgrade(database, as_owner(database))
    (trunk,) = stores.trunks.all()
    assert trunk.numbers == ("+442079460000", "+14155550100", "+15550170")
    (known,) = stores.telephones.list().items
    assert (known.verified_at, known.verified_over) == (None, ())


def test_a_database_of_a_later_release_is_left_as_it_is(database: str) -> None:
    check_schema(database)
    with psycopg.connect(as_superuser(database), autocommit=True) as connection:
        known = connection.execute("select version_num from alembic_version").fetchone()
        connection.execute("update alembic_version set version_num = '9999'")
        try:
            for look in (upgrade, check_schema):
                with pytest.raises(SchemaIsNewer, match=f"schema 9999 of a later .* this one knows {known[0]}"):
                    look(database)
            assert connection.execute("select version_num from alembic_version").fetchall() == [("9999",)]
        finally:
            connection.execute("update alembic_version set version_num = %s", known)
