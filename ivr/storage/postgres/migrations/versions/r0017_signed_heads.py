"""The audit log is a chain that nobody changes, and the heads of all chains are signed."""

from alembic import op

revision = "0017"
down_revision = "0016"

# The keeper chains entries soon after they were written. A lock on the chain's end, held by each change of a menu
# until it commits, would put all changes in a row, and could make a circle with other locks.
AUDIT_CHAIN = """
create table if not exists audit_chain (
    seq bigint primary key,
    entry_id bigint not null unique,
    previous_hash text not null,
    hash text not null
);
create table if not exists audit_unchained (
    entry_id bigint primary key
);
insert into audit_unchained (entry_id) select id from audit_log
    where not exists (select from audit_chain where entry_id = id) on conflict do nothing;
create or replace function note_audit_entry() returns trigger language plpgsql as $$
begin
    insert into audit_unchained (entry_id) values (new.id);
    return null;
end $$;
create or replace trigger audit_entry_noted after insert on audit_log
    for each row execute function note_audit_entry();
"""

SIGNED_HEADS = """
create table if not exists signed_head (
    chain text not null,
    seq bigint not null,
    hash text not null,
    at text not null,
    key text not null,
    signature text not null,
    primary key (chain, seq, key)
);
"""

APPEND_ONLY = """
create or replace function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is kept as it was written: % of % is refused', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create or replace trigger entry_never_changes before update or delete on audit_log
    for each row execute function refuse_audit_change();
create or replace trigger entries_never_go before truncate on audit_log execute function refuse_audit_change();
create or replace trigger link_never_changes before update or delete on audit_chain
    for each row execute function refuse_audit_change();
create or replace trigger links_never_go before truncate on audit_chain execute function refuse_audit_change();
create or replace trigger head_never_changes before update or delete on signed_head
    for each row execute function refuse_audit_change();
create or replace trigger heads_never_go before truncate on signed_head execute function refuse_audit_change();
"""


def upgrade() -> None:
    op.execute(AUDIT_CHAIN)
    op.execute(SIGNED_HEADS)
    op.execute(APPEND_ONLY)
