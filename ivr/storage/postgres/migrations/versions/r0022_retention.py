"""Old entries of the audit log may go, younger ones never; prompt files that nothing plays are noted."""

from alembic import op

from ivr.storage.postgres.call_months import DROP_MONTH

revision = "0022"
down_revision = "0021"

# Their links in the chain stay, and the entry that says which ones went.
AUDIT = """
create or replace function refuse_young_audit_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.at < now() - interval '90 days' then
        return old;
    end if;
    raise exception 'the audit log is kept as it was written: % of % is refused', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create or replace trigger entry_never_changes before update or delete on audit_log
    for each row execute function refuse_young_audit_change();
"""

PROMPTS = """
create table if not exists unplayed_prompt (
    file text primary key,
    since timestamptz not null default now()
);
create index if not exists suppression_event_prompt on suppression_event (prompt_file)
    where prompt_file is not null;
"""


def upgrade() -> None:
    op.execute(AUDIT)
    op.execute(PROMPTS)
    op.execute(DROP_MONTH)
