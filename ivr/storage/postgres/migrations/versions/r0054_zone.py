"""The time zone of the installation, and what each user chose for the page."""

from alembic import op

revision = "0054"
down_revision = "0053"

ZONE = """
create table if not exists installation (
    one boolean primary key default true check (one),
    zone text,
    updated_at timestamptz not null default now()
);
create table if not exists preference (
    actor text primary key,
    zone text,
    developer boolean
);
"""


def upgrade() -> None:
    op.execute(ZONE)
