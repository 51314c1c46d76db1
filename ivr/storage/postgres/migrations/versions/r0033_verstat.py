"""What a carrier said about the caller's number: of calls, and of opt-outs, whose hash has it."""

from alembic import op

revision = "0033"
# 0032 is the trunks'.
down_revision = "0032"

COLUMNS = """
alter table call_record add column if not exists verstat text;
alter table suppression_event add column if not exists verstat text;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
