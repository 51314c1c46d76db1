"""The do-not-call list by source: among a million entries those of one source are not looked for one by one."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("create index suppression_source on suppression (list_id, source, first_at desc, entry_id desc)")
