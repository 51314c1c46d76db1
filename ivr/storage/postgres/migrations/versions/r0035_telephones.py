"""Telephones that may be rung over a trunk, and the calls to them."""

from alembic import op

revision = "0035"
down_revision = "0034"

# `code` is a keyed digest of the code that a call said; null: none is waiting. A call outlives its telephone: the
# limits of a day count it.
TELEPHONES = """
create table if not exists telephone (
    number text primary key,
    added_by text not null,
    added_at timestamptz not null default now(),
    verified_at timestamptz,
    code bytea,
    code_until timestamptz,
    tries_left int not null default 0
);
create table if not exists telephone_call (
    id text primary key,
    number text not null,
    trunk text not null,
    purpose text not null,
    actor text not null,
    ivr_id text,
    version int,
    state text not null default 'dialling',
    started_at timestamptz not null default clock_timestamp(),
    answered_at timestamptz,
    ended_at timestamptz,
    result text,
    reason text,
    sip_status int,
    usd numeric(12, 6) not null,
    call_id text
);
create index if not exists telephone_call_started on telephone_call (started_at);
"""


def upgrade() -> None:
    op.execute(TELEPHONES)
