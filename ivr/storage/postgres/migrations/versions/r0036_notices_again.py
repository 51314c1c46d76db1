"""Notices that nobody took are listed by their service and can be sent again, for another day."""

from alembic import op

revision = "0036"
down_revision = "0035"

AGAIN = """
alter table service_notice add column if not exists waits_since timestamptz;
create index if not exists service_notice_newest on service_notice (service, left_at desc, message_id desc);
"""


def upgrade() -> None:
    op.execute(AGAIN)
