"""The roles of the embedded Postgres: SUPERUSER makes the others, OWNER has the tables and migrates, APPLICATION uses
them.

A cluster of the first release has a single role, APPLICATION, which is the superuser and owns everything. It is
renamed, and what it owned goes to OWNER, the next time that the server starts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

SUPERUSER, OWNER, APPLICATION = "postgres", "digitree_owner", "digitree"
# Only while the superuser is renamed: no role can rename itself.
_RENAMING = "digitree_renaming"
ROLES = (SUPERUSER, OWNER, APPLICATION, _RENAMING)

Connect = Callable[[str, str], "psycopg.Connection[Any]"]

_MAKE = f"""
do $$ declare wanted text; begin
    foreach wanted in array array['{OWNER}', '{APPLICATION}'] loop
        if to_regrole(wanted) is null then execute format('create role %I login', wanted); end if;
    end loop;
end $$
"""
_MAKE_RENAMING = f"""
do $$ begin
    if to_regrole('{_RENAMING}') is null then create role {_RENAMING} superuser login; end if;
end $$
"""
# Indexes, and the sequences of columns, follow their tables.
_GIVE_AWAY = f"""
do $$ declare each record; begin
    for each in
        select case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end as kind,
            c.oid::regclass as name
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S') and not exists (
            select from pg_depend d
            where c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid
                and d.deptype in ('a', 'i'))
    loop
        execute format('alter %s %s owner to {OWNER}', each.kind, each.name);
    end loop;
    for each in select oid::regprocedure as name from pg_proc where pronamespace = 'public'::regnamespace loop
        execute format('alter routine %s owner to {OWNER}', each.name);
    end loop;
end $$
"""  # noqa: S608 - the name is a constant


def make_roles(connect: Connect, database: str) -> None:
    """Make the roles and the database that are missing. `connect` takes a role and a database. psycopg.Error."""
    with connect(SUPERUSER, "postgres") as connection:
        connection.execute(_MAKE)
        there = connection.execute("select 1 from pg_database where datname = %s", (database,)).fetchone()
        if there is None:
            connection.execute(f'create database "{database}" owner {OWNER}')


def rename_superuser(connect: Connect, database: str) -> None:
    """Do so in a cluster of the first release; what was interrupted is gone on with."""
    import psycopg

    try:
        connect(SUPERUSER, "postgres").close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise
        with connect(APPLICATION, "postgres") as connection:
            connection.execute(_MAKE_RENAMING)
        with connect(_RENAMING, "postgres") as connection:
            connection.execute(f"alter role {APPLICATION} rename to {SUPERUSER}")
    make_roles(connect, database)
    with connect(SUPERUSER, database) as connection:
        connection.execute(f"drop role if exists {_RENAMING}")
        connection.execute(f'alter database "{database}" owner to {OWNER}')
        connection.execute(_GIVE_AWAY)
