"""Do-not-call lists with a chain of events: nothing of them can be changed or deleted, releases are events."""

from typing import Any

from alembic import op
from psycopg.rows import dict_row

from ivr.domain.dnc.chain import chain_hash, first_hash
from ivr.domain.dnc.events import MUST_HONOUR_WITHIN

revision = "0002"
down_revision = "0001"

# The row of a list is also the head of its chain, and its lock puts the writers in a row.
LISTS = """
create table suppression_list (
    list_id text primary key,
    scope text not null check (scope in ('all', 'seller', 'list')),
    seller text check ((seller is not null) = (scope = 'seller')),
    head_seq bigint not null default 0,
    head_hash text not null,
    created_at timestamptz not null default now()
);
"""

COLUMNS = """
alter table suppression
    add list_id text not null default 'default' references suppression_list,
    add released_at timestamptz,
    drop constraint suppression_number_key;
alter table suppression_event
    drop constraint suppression_event_entry_id_fkey,
    add list_id text not null default 'default' references suppression_list,
    add kind text not null default 'opt_out' check (kind in ('opt_out', 'release')),
    add seq bigint,
    add effective_at timestamptz,
    add honour_by timestamptz,
    add prompt_file text,
    add prompt_text text,
    add reason text,
    add previous_hash text,
    add hash text,
    add check (kind <> 'release' or (actor is not null and reason is not null));
alter table suppression
    drop constraint suppression_pkey,
    add primary key (list_id, entry_id),
    add unique (list_id, number);
drop index suppression_newest;
create index suppression_newest on suppression (list_id, first_at desc, entry_id desc);
create index suppression_unidentified on suppression (first_at desc) where number is null;
"""

# The words of a prompt, for good: the file's name is the hash of what is in it, so a name never changes its words.
PROMPT_TEXTS = """
create table prompt_text (
    file text primary key,
    text text not null
);
insert into prompt_text (file, text) select file, text from prompt where text is not null on conflict do nothing;
create function remember_prompt_text() returns trigger language plpgsql as $$
begin
    insert into prompt_text (file, text) values (new.file, new.text) on conflict do nothing;
    return null;
end $$;
create trigger prompt_text_kept after insert or update on prompt
    for each row when (new.text is not null) execute function remember_prompt_text();
"""

# Fourteen days, whatever clocks the time zone of this session turns.
CHAIN = """
update suppression_event e
    set seq = c.seq, previous_hash = c.previous_hash, hash = c.hash, effective_at = e.pressed_at,
        honour_by = e.pressed_at + interval '336 hours'
    from chained c where c.event_id = e.event_id;
alter table suppression_event
    alter seq set not null,
    alter effective_at set not null,
    alter honour_by set not null,
    alter previous_hash set not null,
    alter hash set not null,
    add unique (list_id, seq);
drop index suppression_event_entry;
create index suppression_event_entry on suppression_event (list_id, entry_id, seq);
"""

# The law wants five years; we delete nothing at all, for a chain with a gap proves nothing.
APPEND_ONLY = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the do-not-call list is kept for good: % of % is refused', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create trigger event_never_changes before update or delete on suppression_event
    for each row execute function refuse_change();
create trigger entry_never_goes before delete on suppression for each row execute function refuse_change();
create trigger list_never_goes before delete on suppression_list for each row execute function refuse_change();
create trigger events_never_go before truncate on suppression_event execute function refuse_change();
create trigger entries_never_go before truncate on suppression execute function refuse_change();
create trigger lists_never_go before truncate on suppression_list execute function refuse_change();
"""

CHECKS = """
create table suppression_check (
    check_id text primary key,
    at timestamptz not null default now(),
    actor text not null,
    list_id text,
    seller text,
    numbers integer not null,
    listed integer not null,
    numbers_sha256 text not null
);
create index suppression_check_newest on suppression_check (at desc, check_id desc);
"""


def upgrade() -> None:
    head = first_hash("default")
    op.execute(LISTS)
    op.execute(f"insert into suppression_list (list_id, scope, head_hash) values ('default', 'all', '{head}')")  # noqa: S608
    op.execute(COLUMNS)
    op.execute(PROMPT_TEXTS)
    _chain_what_is_there(head)
    op.execute(CHAIN)
    op.execute(APPEND_ONLY)
    op.execute(CHECKS)


def _chain_what_is_there(head: str) -> None:
    """In the order it was recorded in, as far as that can be told."""
    op.execute(
        "create temporary table chained (event_id text, seq bigint, previous_hash text, hash text) on commit drop"
    )
    connection: Any = op.get_bind().connection.driver_connection
    seq = 0
    with connection.cursor("events", row_factory=dict_row) as events, connection.cursor() as out:
        events.execute("select * from suppression_event order by recorded_at, event_id")
        while rows := events.fetchmany(10_000):
            with out.copy("copy chained from stdin") as copy:
                for row in rows:
                    seq += 1
                    chained = {"seq": seq, "previous_hash": head, "effective_at": row["pressed_at"]}
                    after = chain_hash({**row, **chained, "honour_by": row["pressed_at"] + MUST_HONOUR_WITHIN})
                    copy.write_row((row["event_id"], seq, head, after))
                    head = after
        out.execute("update suppression_list set head_seq = %s, head_hash = %s", (seq, head))
