"""Channels, by which menus send messages; a message waits where notices do, under the channel's reference."""

from alembic import op

revision = "0039"
down_revision = "0038"

# The document is what `ivr.domain.channels.definition.Channel.to_json` makes; its secrets are sealed. A message to a
# number on a do-not-call list is not sent.
CHANNELS = """
create table if not exists channel (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
alter table service_notice drop constraint if exists service_notice_state_check;
alter table service_notice add constraint service_notice_state_check
    check (state in ('waiting', 'delivered', 'dead', 'not_sent'));
create index if not exists service_notice_call on service_notice (call_id);
"""


def upgrade() -> None:
    op.execute(CHANNELS)
