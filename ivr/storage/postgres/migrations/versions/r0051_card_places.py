"""Where the editor's cards stand, by menu."""

from alembic import op

revision = "0051"
down_revision = "0050"

PLACES = """
create table if not exists ivr_places (
    ivr_id text primary key references ivr on delete cascade,
    places jsonb not null,
    updated_at timestamptz not null default clock_timestamp()
)
"""


def upgrade() -> None:
    op.execute(PLACES)
