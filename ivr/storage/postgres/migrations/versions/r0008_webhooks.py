"""Webhooks: who wants to hear of what, what there is to hear, and how its delivery goes."""

from alembic import op

revision = "0008"
down_revision = "0007"

# A message's body is made when it is first sent and never changed after, so that a retry is the same message.
WEBHOOKS = """
create table webhook (
    webhook_id text primary key,
    url text not null,
    events text[] not null,
    ivr_id text,
    secret text not null,
    previous_secret text,
    previous_until timestamptz,
    active boolean not null default true,
    why_inactive text,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
);

create table webhook_message (
    message_id text primary key,
    event text not null,
    subject text not null,
    ivr_id text,
    at timestamptz not null default clock_timestamp(),
    data json,
    body text
);
create index webhook_message_at on webhook_message (at);

create table webhook_delivery (
    webhook_id text not null references webhook on delete cascade,
    message_id text not null references webhook_message on delete cascade,
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
    attempts int not null default 0,
    created_at timestamptz not null default clock_timestamp(),
    next_at timestamptz not null,
    tried_at timestamptz,
    status int,
    error text,
    took_ms int,
    primary key (webhook_id, message_id)
);
create index webhook_delivery_due on webhook_delivery (next_at) where state = 'waiting';
create index webhook_delivery_newest on webhook_delivery (webhook_id, created_at desc, message_id desc);
create index webhook_delivery_message on webhook_delivery (message_id);
"""


def upgrade() -> None:
    op.execute(WEBHOOKS)
