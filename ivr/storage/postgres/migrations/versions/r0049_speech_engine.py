"""Which engine and which voice each second of speech was charged for; unknown of those before."""

from alembic import op

revision = "0049"
down_revision = "0048"

ENGINE = """
alter table prompt add column if not exists engine text;
alter table tts_charge add column if not exists engine text, add column if not exists voice text;
"""


def upgrade() -> None:
    op.execute(ENGINE)
