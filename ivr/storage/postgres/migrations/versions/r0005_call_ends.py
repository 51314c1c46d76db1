"""Call records say who hung up and how keys came."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("alter table call_record add column hung_up_by text, add column dtmf_type text")
