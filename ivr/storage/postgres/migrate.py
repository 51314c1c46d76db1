"""Brings a database to the newest schema. Any number of processes may do so at once: one works, the rest wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from ivr.domain.errors import StorageUnavailable

# An arbitrary number, the same in every process, for pg_advisory_lock.
_MIGRATION_LOCK = 0x6469_6769_7472

_WRONG_ENCODING = (
    "the encoding of the database in DATABASE_URL is {}, and Digitree needs UTF8: make another one with "
    "`createdb --template=template0 --encoding=UTF8`"
)


def upgrade(database_url: str, *, connect_timeout_s: int = 10) -> None:
    """Raises StorageUnavailable when Postgres cannot be reached, stops in the middle, or keeps texts in another
    encoding than UTF-8; a revision is applied whole or not at all."""
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
        creator=lambda: _connect(database_url, connect_timeout_s),
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            connection.execute(text("select pg_advisory_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except (psycopg.OperationalError, DBAPIError) as error:
        raise StorageUnavailable(f"migration failed: {error}") from error
    finally:
        engine.dispose()


def known_revisions() -> frozenset[str]:
    """Every revision of the schema that this release knows."""
    names = (Path(__file__).parent / "migrations" / "versions").glob("r[0-9]*.py")
    return frozenset(name.stem[1:5] for name in names)


def _connect(database_url: str, connect_timeout_s: int) -> psycopg.Connection[Any]:
    connection = psycopg.connect(database_url, connect_timeout=connect_timeout_s)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise StorageUnavailable(_WRONG_ENCODING.format(encoding))
    return connection
