"""Calls by which a menu was tried are told from those of callers."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("alter table call_record add test boolean not null default false")
