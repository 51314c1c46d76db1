"""Opt-outs whose prompt had several files: found when unplayed files are swept."""

from alembic import op

revision = "0031"
down_revision = "0030"

INDEX = """
create index if not exists suppression_event_prompts on suppression_event (event_id)
    where position('+' in prompt_file) > 0;
"""


def upgrade() -> None:
    op.execute(INDEX)
