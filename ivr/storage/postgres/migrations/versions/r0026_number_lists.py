"""Lists of numbers that menus ask, and what calls have not been told of them yet."""

from alembic import op

revision = "0026"
down_revision = "0025"

# A change leaves the number in `listed_outbox`, in its own transaction; `listed_cache_state.generation` names the
# last state that Redis was brought to.
LISTS = """
create table if not exists number_list (
    name text primary key,
    created_at timestamptz not null default now()
);
create table if not exists listed_number (
    list_name text not null references number_list on delete cascade,
    number text not null,
    expires_at timestamptz,
    note text not null default '',
    added_at timestamptz not null default now(),
    added_by text not null,
    primary key (list_name, number)
);
create index if not exists listed_number_by_number on listed_number (number);
create index if not exists listed_number_expired on listed_number (expires_at) where expires_at is not null;
create table if not exists listed_outbox (
    seq bigint generated always as identity primary key,
    number text not null
);
create table if not exists listed_cache_state (
    only_row boolean primary key default true check (only_row),
    generation text not null
);
"""


def upgrade() -> None:
    op.execute(LISTS)
