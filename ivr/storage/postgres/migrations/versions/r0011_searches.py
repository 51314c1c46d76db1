"""Ten million calls: searches by two filters at once, and the bill without its numbers, or without its menus."""

from alembic import op

revision = "0011"
down_revision = "0010"

# Two filters that hardly ever meet: by one of them alone, all of its calls would be looked through.
SEARCHES = """
create index call_did_outcome on call_record (did, outcome, started_at desc, call_id desc);
create index call_ivr_outcome on call_record (ivr_id, outcome, started_at desc, call_id desc);
create index usage_day_ivr on usage_day (ivr_id, day);
"""

# The sums of usage_day once more: a bill by days must not read a row for each number and day.
USAGE = """
create table usage_menu_day (
    ivr_id text not null,
    day date not null,
    ivr_usd_min numeric(12, 6) not null,
    agent_usd_min numeric(12, 6) not null,
    calls bigint not null,
    menu_ms bigint not null,
    agent_calls bigint not null,
    talk_ms bigint not null,
    deflected_calls bigint not null,
    deflected_ms bigint not null,
    primary key (ivr_id, day, ivr_usd_min, agent_usd_min)
) with (fillfactor = 70);
create index usage_menu_day_day on usage_menu_day (day);
create table usage_whole_day (
    day date not null,
    ivr_usd_min numeric(12, 6) not null,
    agent_usd_min numeric(12, 6) not null,
    calls bigint not null,
    menu_ms bigint not null,
    agent_calls bigint not null,
    talk_ms bigint not null,
    deflected_calls bigint not null,
    deflected_ms bigint not null,
    primary key (day, ivr_usd_min, agent_usd_min)
) with (fillfactor = 70);
"""

_SUMS = """
    sum(calls), sum(menu_ms), sum(agent_calls), sum(talk_ms), sum(deflected_calls), sum(deflected_ms)
"""
FILL = f"""
insert into usage_menu_day
select ivr_id, day, ivr_usd_min, agent_usd_min, {_SUMS} from usage_day group by 1, 2, 3, 4;
insert into usage_whole_day
select day, ivr_usd_min, agent_usd_min, {_SUMS} from usage_menu_day group by 1, 2, 3;
"""  # noqa: S608


def upgrade() -> None:
    for sql in (SEARCHES, USAGE, FILL):
        op.execute(sql)
