"""How fast each prompt was spoken."""

from alembic import op

revision = "0048"
down_revision = "0045"


def upgrade() -> None:
    op.execute("alter table prompt add column if not exists rate double precision not null default 1")
