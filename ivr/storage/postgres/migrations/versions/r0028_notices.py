"""Notices that calls left for services, until they are taken."""

from alembic import op

revision = "0028"
down_revision = "0027"

# `sealed` is what is sent, encrypted. `order_no` is the order of the notices of one call for one service.
NOTICES = """
create table if not exists service_notice (
    message_id text primary key,
    service text not null,
    call_id text not null,
    sealed text,
    left_at timestamptz not null,
    order_no bigint generated always as identity,
    state text not null default 'waiting' check (state in ('waiting', 'delivered', 'dead')),
    attempts int not null default 0,
    next_at timestamptz not null default clock_timestamp(),
    tried_at timestamptz,
    status int,
    error text
);
create index if not exists service_notice_due on service_notice (next_at) where state = 'waiting';
create index if not exists service_notice_order on service_notice (service, call_id, order_no)
    where state = 'waiting';
create index if not exists service_notice_old on service_notice (left_at);
"""


def upgrade() -> None:
    op.execute(NOTICES)
