"""Call records by month, and the sums over them: the funnel of each menu, and what was used."""

from datetime import UTC, datetime
from typing import cast

from alembic import op
from psycopg.rows import scalar_row

from ivr.storage.postgres.call_months import MAKE_MONTH, ensure_months, months_ahead
from ivr.storage.postgres.database import Connection
from ivr.storage.postgres.rollups import rebuild

revision = "0009"
down_revision = "0008"

# Alone in its column order: `copy` into the table names its columns. The default partition holds what no month can.
CALLS = """
alter table call_record rename to call_record_whole;
alter table call_record_whole rename constraint call_record_pkey to call_record_whole_pkey;
drop index call_newest, call_did, call_ani, call_ivr, call_outcome, call_unfinished;

create table call_record (
    call_id text not null,
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
    hung_up_by text,
    dtmf_type text,
    take_overs integer not null default 0,
    path jsonb not null default '[]',
    agent jsonb not null default '[]',
    test boolean not null default false,
    ivr_usd_min numeric(12, 6),
    agent_usd_min numeric(12, 6),
    writer text not null default '',
    stage integer generated always as (take_overs * 2 + (ended_at is not null)::integer) stored,
    primary key (call_id, started_at)
) partition by range (started_at);
create index call_newest on call_record (started_at desc, call_id desc);
create index call_did on call_record (did, started_at desc, call_id desc);
create index call_ani on call_record (ani, started_at desc, call_id desc);
create index call_ivr on call_record (ivr_id, started_at desc, call_id desc);
create index call_outcome on call_record (outcome, started_at desc, call_id desc);
create index call_unfinished on call_record (started_at) where outcome is null;
create table call_record_other partition of call_record default;
"""

# What was called before there were rates in force cost what the rates were by default.
MOVE = """
insert into call_record (
    call_id, channel_uuid, did, did_raw, ani, ani_raw, started_at, ended_at, duration_ms, ivr_id, ivr_version,
    outcome, hangup_cause, hung_up_by, dtmf_type, take_overs, path, agent, test, ivr_usd_min, agent_usd_min, writer
) select
    call_id, channel_uuid, did, did_raw, ani, ani_raw, started_at, ended_at, duration_ms, ivr_id, ivr_version,
    outcome, hangup_cause, hung_up_by, dtmf_type, take_overs, path, agent, test,
    case when outcome is not null then 0.008 end, case when outcome is not null then 0.10 end, writer
from call_record_whole;
drop table call_record_whole;
"""

# Days are UTC. `counts` is `ivr.domain.reports.funnel.NodeCounts`, of the entry where `node` is empty. A row is
# rewritten with each batch of calls.
FUNNEL = """
create table funnel_day (
    ivr_id text not null,
    day date not null,
    ivr_version integer not null,
    node text not null,
    counts jsonb not null,
    primary key (ivr_id, day, ivr_version, node)
) with (fillfactor = 60);
"""

# An empty did: what was dialled is not a possible number.
USAGE = """
create table usage_day (
    day date not null,
    ivr_id text not null,
    did text not null,
    ivr_usd_min numeric(12, 6) not null,
    agent_usd_min numeric(12, 6) not null,
    calls bigint not null,
    menu_ms bigint not null,
    agent_calls bigint not null,
    talk_ms bigint not null,
    deflected_calls bigint not null,
    deflected_ms bigint not null,
    primary key (day, ivr_id, did, ivr_usd_min, agent_usd_min)
) with (fillfactor = 70);
create index tts_charge_day on tts_charge (charged_at);
"""


MONTHS = "select distinct date_trunc('month', started_at at time zone 'UTC')::date from call_record_whole"


def upgrade() -> None:
    op.execute(CALLS)
    op.execute(MAKE_MONTH)
    connection = cast("Connection", op.get_bind().connection.driver_connection)
    with connection.cursor(row_factory=scalar_row) as cursor:
        cursor.execute(MONTHS)
        months = cursor.fetchall()
    ensure_months(connection, [*months, *months_ahead(datetime.now(UTC))])
    for sql in (MOVE, FUNNEL, USAGE):
        op.execute(sql)
    rebuild(connection, ("funnel_day", "usage_day"))
