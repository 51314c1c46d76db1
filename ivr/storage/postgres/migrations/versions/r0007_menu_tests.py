"""Tests of menus, and what they brought on each version."""

from alembic import op

revision = "0007"
down_revision = "0006"

TESTS = """
create table menu_test (
    test_id text primary key,
    ivr_id text not null references ivr on delete cascade,
    name text not null,
    script text not null,
    expected jsonb not null,
    agent text not null,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp(),
    unique (ivr_id, name)
);
create table menu_test_run (
    ivr_id text not null references ivr on delete cascade,
    version integer not null,
    ran_at timestamptz not null,
    results jsonb not null,
    primary key (ivr_id, version)
);
"""


def upgrade() -> None:
    op.execute(TESTS)
