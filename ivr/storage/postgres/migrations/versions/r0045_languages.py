"""The language of the callers of a number, that of a call and of an opt-out, and the funnel of each language."""

from alembic import op

revision = "0045"
down_revision = "0044"

# `funnel_language_day` has the counts of `funnel_day`, of calls of menus that say which languages they speak.
LANGUAGES = """
alter table did add column if not exists language text;
alter table call_record add column if not exists language text;
create index if not exists call_record_language on call_record (language, started_at desc) where language is not null;
alter table suppression_event add column if not exists language text;
create table if not exists funnel_language_day (
    ivr_id text not null,
    language text not null,
    day date not null,
    ivr_version integer not null,
    node text not null,
    counts jsonb not null,
    primary key (ivr_id, language, day, ivr_version, node)
) with (fillfactor = 60);
"""


def upgrade() -> None:
    op.execute(LANGUAGES)
