"""Trunks: the ways by which calls come here from carriers and PBXs."""

from alembic import op

revision = "0032"
down_revision = "0031"

# The document is what `ivr.domain.trunks.model.Trunk.to_json` makes; its password is sealed.
TRUNKS = """
create table if not exists trunk (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
"""


def upgrade() -> None:
    op.execute(TRUNKS)
