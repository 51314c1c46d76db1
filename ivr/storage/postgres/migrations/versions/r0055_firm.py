"""The firm that runs the installation: its name, address, colour and logo."""

from alembic import op

revision = "0055"
down_revision = "0054"

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
-- How often the lists were asked about one number alone, for its proof.
create index if not exists suppression_check_numbers on suppression_check (numbers_sha256, at);
"""


def upgrade() -> None:
    op.execute(FIRM)
