"""Sounds that callers leave, and the mailboxes that they are put into."""

from alembic import op

revision = "0038"
down_revision = "0037"

SOUNDS = """
create table if not exists mailbox (
    name text primary key,
    keep_days integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create table if not exists sound (
    sound text primary key,
    hash text not null,
    kind text not null,
    call_id text not null,
    node text not null,
    ivr_id text,
    caller text,
    mailbox text,
    ms bigint not null,
    size bigint not null,
    waveform bytea not null,
    began_at timestamptz not null,
    kept_at timestamptz not null default clock_timestamp(),
    heard_at timestamptz
);
create index if not exists sound_newest on sound (began_at desc, sound desc);
create index if not exists sound_of_mailbox on sound (mailbox, began_at desc, sound desc);
create index if not exists sound_of_call on sound (call_id);
create index if not exists sound_of_caller on sound (caller) where caller is not null;
"""


def upgrade() -> None:
    op.execute(SOUNDS)
