"""Agents: who a transfer hands its callers to."""

from alembic import op

revision = "0003"
down_revision = "0002"

# The document is what `ivr.domain.agents.Agent.to_json` makes. Menus name agents; they need not exist (yet).
AGENTS = """
create table agent (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
"""


def upgrade() -> None:
    op.execute(AGENTS)
