"""Call-backs: who wants to be called, until somebody has."""

from alembic import op

revision = "0041"
down_revision = "0040"

CALLBACKS = """
create table if not exists callback (
    id text primary key,
    number text not null,
    reason text not null default '',
    wanted text not null default '',
    asked_at timestamptz not null,
    call_id text not null default '',
    ivr_id text not null default '',
    node text not null default '',
    state text not null default 'open',
    note text,
    dialled int not null default 0,
    dialled_at timestamptz,
    result text,
    settled_at timestamptz,
    settled_by text
);
create index if not exists callback_by_state on callback (state, asked_at, id);
create index if not exists callback_by_number on callback (number);
"""


def upgrade() -> None:
    op.execute(CALLBACKS)
