"""Brings a database to the newest schema. Any number of processes may do so at once: one works, the rest wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg import conninfo, sql

from ivr.domain.errors import SchemaIsNewer, StorageUnavailable

# An arbitrary number, the same in every process, for pg_advisory_lock.
_MIGRATION_LOCK = 0x6469_6769_7472

_NEWER = (
    "the database has the schema {} of a later release, and this one knows {}. Nothing is written to it: calls are"
    " taken with the menus that this machine has, and their records wait in the journal. Start the later release"
    " again, or restore a backup of this one"
)
_WRONG_ENCODING = (
    "the encoding of the database in DATABASE_URL is {}, and Digitree needs UTF8: make another one with "
    "`createdb --template=template0 --encoding=UTF8`"
)


# The application reads and writes rows; what it may not do, a fault in it cannot do either. Routines of extensions
# belong to the superuser and are everybody's.
_GRANTS = """
grant usage on schema public to {role};
grant select, insert, update, delete on all tables in schema public to {role};
revoke insert, update, delete on alembic_version from {role};
grant usage, select, update on all sequences in schema public to {role};
do $$ declare each record; begin
    for each in
        select oid::regprocedure as name from pg_proc
        where pronamespace = 'public'::regnamespace and pg_has_role(proowner, 'usage')
    loop
        execute format('grant execute on routine %s to %I', each.name, {name});
    end loop;
end $$;
alter default privileges in schema public grant select, insert, update, delete on tables to {role};
alter default privileges in schema public grant usage, select, update on sequences to {role};
"""


def upgrade(database_url: str, owner_url: str = "", *, connect_timeout_s: int = 10) -> None:
    """With `owner_url` the tables belong to its role, and that of `database_url` may only read and write rows. Raises
    StorageUnavailable when Postgres cannot be reached, stops in the middle, or keeps texts in another encoding than
    UTF-8, SchemaIsNewer when a later release has been there; a revision is applied whole or not at all."""
    # Alembic takes a quarter of a second to import, and only this one step of a start needs it.
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect(owner_url or database_url, connect_timeout_s),
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            connection.commit()
            _refuse_newer(connection.connection.driver_connection)
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if owner_url:
                _grant(cast("psycopg.Connection[Any]", connection.connection.driver_connection), database_url)
            connection.commit()
    except (psycopg.OperationalError, DBAPIError) as error:
        raise StorageUnavailable(f"migration failed: {error}") from error
    finally:
        engine.dispose()


def check_schema(database_url: str, *, connect_timeout_s: int = 10) -> None:
    """Raises SchemaIsNewer, or StorageUnavailable when Postgres cannot be reached."""
    try:
        with psycopg.connect(database_url, connect_timeout=connect_timeout_s) as connection:
            _refuse_newer(connection)
    except psycopg.OperationalError as error:
        raise StorageUnavailable(f"Postgres: {error}") from error


def _refuse_newer(connection: Any) -> None:
    if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
        return
    row = connection.execute("select version_num from alembic_version").fetchone()
    known = known_revisions()
    if row is not None and row[0] not in known:
        raise SchemaIsNewer(_NEWER.format(row[0], max(known)))


def known_revisions() -> frozenset[str]:
    """Every revision of the schema that this release knows."""
    names = (Path(__file__).parent / "migrations" / "versions").glob("r[0-9]*.py")
    return frozenset(name.stem[1:5] for name in names)


def _grant(connection: psycopg.Connection[Any], database_url: str) -> None:
    role = conninfo.conninfo_to_dict(database_url).get("user")
    if role:
        connection.execute(sql.SQL(_GRANTS).format(role=sql.Identifier(str(role)), name=sql.Literal(str(role))))
        connection.commit()


def _connect(database_url: str, connect_timeout_s: int) -> psycopg.Connection[Any]:
    connection = psycopg.connect(database_url, connect_timeout=connect_timeout_s)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise StorageUnavailable(_WRONG_ENCODING.format(encoding))
    return connection
