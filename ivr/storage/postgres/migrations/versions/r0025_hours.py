"""Opening hours, with the dates of their holidays."""

from alembic import op

revision = "0025"
down_revision = "0022"

# The document is what `ivr.domain.hours.model.Hours.to_json` makes.
HOURS = """
create table if not exists hours (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
"""


def upgrade() -> None:
    op.execute(HOURS)
