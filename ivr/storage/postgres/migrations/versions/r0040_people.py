"""People whom transfers ring."""

from alembic import op

revision = "0040"
down_revision = "0039"

PEOPLE = """
create table if not exists person (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
"""


def upgrade() -> None:
    op.execute(PEOPLE)
