"""The step from an empty database to ours."""

from __future__ import annotations

import uuid

import psycopg
import pytest
from psycopg import sql

from ivr.domain.errors import StorageUnavailable
from ivr.storage.postgres.migrate import upgrade


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_text_is_refused_with_what_to_do(
    postgres_url: str, encoding: str
) -> None:
    name = f"other_{uuid.uuid4().hex}"
    made = sql.SQL("create database {} template template0 encoding {} locale 'C'")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(made.format(sql.Identifier(name), encoding))
    try:
        with pytest.raises(StorageUnavailable, match=f"is {encoding}.*createdb --template=template0 --encoding=UTF8"):
            upgrade(psycopg.conninfo.make_conninfo(postgres_url, dbname=name))
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {}").format(sql.Identifier(name)))
