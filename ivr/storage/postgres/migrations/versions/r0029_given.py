"""What holds outside while a test of a menu runs."""

from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.execute("alter table menu_test add column if not exists given jsonb not null default '{}'")
