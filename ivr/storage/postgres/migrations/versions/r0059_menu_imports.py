"""What became of each part of a menu that was brought in from another system, by menu."""

from alembic import op

revision = "0059"
down_revision = "0058"

IMPORTS = """
create table if not exists ivr_import (
    ivr_id text primary key references ivr on delete cascade,
    report json not null,
    made_at timestamptz not null default clock_timestamp()
)
"""


def upgrade() -> None:
    op.execute(IMPORTS)
