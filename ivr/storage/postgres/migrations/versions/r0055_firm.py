"""The firm that runs the installation: its name, address, colour and logo."""

from alembic import op

revision = "0055"
down_revision = "0049"

FIRM = """
create table if not exists firm (
    id int primary key default 1 check (id = 1),
    name text not null,
    contact text not null,
    colour text,
    logo bytea,
    logo_type text,
    logo_sha256 text,
    version int not null default 0,
    updated_at timestamptz
);
"""


def upgrade() -> None:
    op.execute(FIRM)
