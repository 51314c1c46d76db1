"""Menus with their versions, prompts and DIDs; the do-not-call list; call records; keys; the audit log."""

from alembic import op

revision = "0001"
down_revision = None

# Documents are json, not jsonb: the order of nodes is the author's and decides where a call starts.
MENUS = """
create table ivr (
    id text primary key,
    name text not null,
    version integer not null check (version > 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index ivr_newest on ivr (created_at desc, id desc);

create table ivr_version (
    ivr_id text not null references ivr on delete cascade,
    version integer not null,
    document json not null,
    prompts json not null,
    actor text not null,
    created_at timestamptz not null default now(),
    primary key (ivr_id, version)
);

create table prompt (
    ivr_id text not null references ivr on delete cascade,
    audio text not null,
    file text not null,
    source text not null check (source in ('tts', 'upload')),
    duration_ms integer not null,
    cost_usd numeric(12, 6) not null,
    voice text,
    model text,
    text text,
    created_at timestamptz not null,
    primary key (ivr_id, audio)
);
create index prompt_file on prompt (file);

create table tts_charge (
    id bigint generated always as identity primary key,
    ivr_id text not null,
    audio text not null,
    file text not null,
    duration_ms integer not null,
    cost_usd numeric(12, 6) not null,
    actor text not null,
    charged_at timestamptz not null default now()
);
create index tts_charge_ivr on tts_charge (ivr_id, charged_at);

create table did (
    did text primary key,
    ivr_id text not null references ivr,
    assigned_at timestamptz not null default now()
);
create index did_ivr on did (ivr_id);
"""

# What the cache has still to be told, written in the transaction that changed it, removed when it was told.
# `cache_state.generation` names the last state the cache was brought to; the cache's own marker must say the same.
CACHE = """
create table cache_outbox (
    seq bigint generated always as identity primary key,
    ivr_id text,
    did text,
    check ((ivr_id is null) <> (did is null))
);
create table cache_state (
    only_row boolean primary key default true check (only_row),
    generation text not null
);
"""

# An entry's id is the number itself, or the event's id where the number is unknown.
DNC = """
create table suppression (
    entry_id text primary key,
    number text unique,
    number_raw text not null,
    source text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    honour_by timestamptz not null,
    events integer not null default 1,
    check (number is null or number = entry_id)
);
create index suppression_newest on suppression (first_at desc, entry_id desc);

create table suppression_event (
    event_id text primary key,
    entry_id text not null references suppression,
    number text,
    number_raw text not null,
    source text not null,
    pressed_at timestamptz not null,
    call_id text,
    did text,
    ivr_id text,
    ivr_version integer,
    node text,
    key text,
    ms_into_question integer,
    actor text,
    recorded_at timestamptz not null default now()
);
create index suppression_event_entry on suppression_event (entry_id, pressed_at);
create index suppression_event_call on suppression_event (call_id) where call_id is not null;
"""

# `stage` orders what is known of a call: two steps a take-over, one more for an end.
CALLS = """
create table call_record (
    call_id text primary key,
    channel_uuid text not null,
    did text,
    did_raw text not null,
    ani text,
    ani_raw text not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    duration_ms bigint,
    ivr_id text,
    ivr_version integer,
    outcome text,
    hangup_cause text,
    take_overs integer not null default 0,
    path jsonb not null default '[]',
    agent jsonb not null default '[]',
    writer text not null default '',
    stage integer generated always as (take_overs * 2 + (ended_at is not null)::integer) stored
);
create index call_newest on call_record (started_at desc, call_id desc);
create index call_did on call_record (did, started_at desc, call_id desc);
create index call_ani on call_record (ani, started_at desc, call_id desc);
create index call_ivr on call_record (ivr_id, started_at desc, call_id desc);
create index call_outcome on call_record (outcome, started_at desc, call_id desc);
create index call_unfinished on call_record (started_at) where outcome is null;
"""

KEYS = """
create table api_key (
    key_id text primary key,
    name text not null,
    prefix text not null,
    hash bytea not null unique,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    last_used_at timestamptz
);

create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    subject text not null,
    before json,
    after json
);
create index audit_subject on audit_log (subject, id desc);
"""


def upgrade() -> None:
    for sql in (MENUS, CACHE, DNC, CALLS, KEYS):
        op.execute(sql)
