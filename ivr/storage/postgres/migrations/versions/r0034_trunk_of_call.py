"""The trunk that a call came by."""

from alembic import op

revision = "0034"
down_revision = "0033"

COLUMN = """
alter table call_record add column if not exists trunk text;
create index if not exists call_record_trunk on call_record (trunk, started_at desc) where trunk is not null;
"""


def upgrade() -> None:
    op.execute(COLUMN)
