"""Alerts and their settings; reports that are mailed, once for each period."""

from alembic import op

revision = "0057"
down_revision = "0056"

ALERTS = """
create table if not exists alert_settings (
    id int primary key default 1 check (id = 1),
    document jsonb not null,
    version int not null,
    updated_at timestamptz not null default clock_timestamp()
);
create table if not exists alert (
    alert_id text primary key,
    kind text not null,
    subject text not null,
    detail text not null,
    began_at timestamptz not null,
    ended_at timestamptz,
    told boolean not null
);
create unique index if not exists alert_open on alert (kind, subject) where ended_at is null;
create index if not exists alert_newest on alert (began_at desc, alert_id desc);
create table if not exists mailed_report (
    report_id text primary key,
    document jsonb not null,
    created_at timestamptz not null default clock_timestamp(),
    updated_at timestamptz not null default clock_timestamp()
);
create table if not exists mailed_report_sent (
    report_id text not null references mailed_report on delete cascade,
    period date not null,
    sent_at timestamptz not null default clock_timestamp(),
    primary key (report_id, period)
);
"""


def upgrade() -> None:
    op.execute(ALERTS)
