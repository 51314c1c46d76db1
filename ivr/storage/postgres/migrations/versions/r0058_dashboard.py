"""What each user or API key put away on the page; test calls are found without reading the others."""

from alembic import op

revision = "0058"
down_revision = "0057"

DASHBOARD = """
create table if not exists put_away (
    actor text not null,
    what text not null,
    at timestamptz not null default now(),
    primary key (actor, what)
);
create index if not exists call_record_test on call_record (started_at desc) where test;
"""


def upgrade() -> None:
    op.execute(DASHBOARD)
