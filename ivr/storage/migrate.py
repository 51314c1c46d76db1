"""Brings a database to the newest schema. Any number of processes may do so at once: one works, the rest wait."""

from __future__ import annotations

from pathlib import Path

import psycopg

from ivr.domain.errors import StorageUnavailable

# An arbitrary number, the same in every process: pg_advisory_lock's name for "somebody is migrating".
_MIGRATION_LOCK = 0x6469_6769_7472


def upgrade(database_url: str, *, connect_timeout_s: int = 10) -> None:
    """Raises StorageUnavailable when Postgres cannot be reached or stops in the middle; a revision is whole or
    not there."""
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
        creator=lambda: psycopg.connect(database_url, connect_timeout=connect_timeout_s),
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
