"""Which changes of lists, made by menus, were written already."""

from alembic import op

revision = "0030"
down_revision = "0029"

EVENTS = """
create table if not exists listing_event (
    event_id text primary key,
    at timestamptz not null
);
create index if not exists listing_event_at on listing_event (at);
"""


def upgrade() -> None:
    op.execute(EVENTS)
