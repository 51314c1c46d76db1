"""Calls found by a part of a number without looking at each, and filters of calls that users keep."""

from alembic import op

revision = "0053"
down_revision = "0052"

# A Postgres without the extension, or whose owner may not make it, searches as before: month by month.
SEARCH = """
do $$ begin
    create extension if not exists pg_trgm;
    create index if not exists call_ani_part on call_record using gin (ani gin_trgm_ops);
    create index if not exists call_did_part on call_record using gin (did gin_trgm_ops);
exception when undefined_file or feature_not_supported or insufficient_privilege or undefined_object then
    raise notice 'calls are searched without an index: %', sqlerrm;
end $$
"""
FILTERS = """
create table if not exists saved_filter (
    filter_id text primary key,
    owner text not null,
    name text not null,
    query jsonb not null,
    created_at timestamptz not null default now(),
    unique (owner, name)
);
"""


def upgrade() -> None:
    op.execute(SEARCH)
    op.execute(FILTERS)
