"""Calls that we make: orders, their attempts, and the mark of their call records."""

from alembic import op

revision = "0042"
down_revision = "0041"

# An attempt is there before it is dialled; its price is that of the longest call until it has ended. `owner` is the
# keeper that follows it, as machine and token; an attempt outlives its order's erasure, since limits count it.
OUTGOING = """
create table if not exists outgoing_call (
    id text primary key,
    number text not null,
    trunk text not null,
    ivr_id text not null,
    actor text not null,
    created_at timestamptz not null default clock_timestamp(),
    not_before timestamptz not null,
    until timestamptz not null,
    document jsonb not null,
    state text not null default 'waiting',
    due_at timestamptz not null,
    ended_at timestamptz,
    result text,
    reason text
);
create index if not exists outgoing_call_due on outgoing_call (due_at) where state = 'waiting';
create index if not exists outgoing_call_listed on outgoing_call (created_at, id);
create table if not exists outgoing_attempt (
    channel_uuid text primary key,
    order_id text not null,
    number text not null,
    trunk text not null,
    owner text not null,
    started_at timestamptz not null default clock_timestamp(),
    state text not null default 'dialling',
    usd numeric(12, 6) not null,
    answered_at timestamptz,
    ended_at timestamptz,
    result text,
    reason text,
    sip_status int,
    call_id text,
    answered_by text
);
create index if not exists outgoing_attempt_of on outgoing_attempt (order_id, started_at);
create index if not exists outgoing_attempt_started on outgoing_attempt (trunk, started_at);
create index if not exists outgoing_attempt_number on outgoing_attempt (number, started_at);
create index if not exists outgoing_attempt_open on outgoing_attempt (started_at) where state <> 'ended';
alter table call_record add column if not exists outgoing text;
alter table call_record add column if not exists answered_by text;
"""


def upgrade() -> None:
    op.execute(OUTGOING)
