"""What a voice said for the text of a prompt, and the installation's list of words that are said in other words."""

from alembic import op

revision = "0044"
down_revision = "0042"

WORDS = """
alter table prompt add column if not exists spoken_as text;
alter table prompt add column if not exists language text;
create table if not exists word_list (
    id int primary key default 1 check (id = 1),
    words jsonb not null,
    version int not null,
    updated_at timestamptz not null default clock_timestamp()
);
"""


def upgrade() -> None:
    op.execute(WORDS)
