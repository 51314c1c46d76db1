"""Services, which menus ask by their names while a call is on."""

from alembic import op

revision = "0027"
down_revision = "0026"

# The document is what `ivr.domain.service_definition.Service.to_json` makes; its secrets are sealed.
SERVICES = """
create table if not exists service (
    name text primary key,
    document json not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
"""


def upgrade() -> None:
    op.execute(SERVICES)
