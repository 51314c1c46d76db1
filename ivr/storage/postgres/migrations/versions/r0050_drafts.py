"""Drafts of menus: a document and its sounds that callers do not hear yet, at most one of each menu.

A menu counts the revisions of all its drafts, so that a revision never stands for two contents. `known` has what the
draft named and what was there when it was written.
"""

from alembic import op

revision = "0050"
down_revision = "0049"

DRAFTS = """
alter table ivr add column if not exists draft_revision integer not null default 0;
create table if not exists menu_draft (
    ivr_id text primary key references ivr on delete cascade,
    revision integer not null,
    based_on integer not null,
    document json not null,
    prompts json not null,
    known json not null,
    actor text not null,
    updated_at timestamptz not null default clock_timestamp()
);
"""


def upgrade() -> None:
    op.execute(DRAFTS)
