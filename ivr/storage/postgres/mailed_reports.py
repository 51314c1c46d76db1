"""Reports by mail in Postgres. A report of a period is a row that can be there once: whoever writes it puts the mails
into the outbox in the same transaction, so that they are sent once whatever dies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from psycopg.types.json import Json

from ivr.domain.call_records import new_id, utc_now
from ivr.domain.channels.message import Message
from ivr.domain.channels.names import reference
from ivr.domain.errors import TooManyMailedReports
from ivr.domain.notices import Notice
from ivr.domain.reports.days import day_starts
from ivr.domain.reports.mailed import (
    MAX_REPORTS,
    Figures,
    MailedReport,
    Period,
    due_period,
    last_period,
    parse_mailed_report,
    period_before,
    report_message,
)
from ivr.domain.reports.usage import QUALIFIED, Spent
from ivr.ports.checks import accept
from ivr.ports.mailed_reports import StoredMailedReport
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection, Database
from ivr.storage.postgres.installation_zone import installation_zone
from ivr.storage.postgres.notice_outbox import write_notice
from ivr.storage.postgres.reports import PostgresReports
from ivr.storage.postgres.system_mail import CHOSEN

_REPORT = """
    select r.report_id, r.document, r.created_at,
        (select max(s.sent_at) from mailed_report_sent s where s.report_id = r.report_id) as last_sent_at
    from mailed_report r
"""
_COUNTS = """
    select count(*) filter (where outcome = any(%(qualified)s)) as qualified,
        count(*) filter (where outcome = 'opted_out') as opt_outs
    from call_record where started_at >= %(begin)s and started_at < %(end)s and not test
"""
_BUDGET_S = 20.0

Seal = Callable[[Message], str]


class PostgresMailedReports:
    """A MailedReportStore; `send_due` is for the keeper."""

    def __init__(self, database: Database, first_zone: str = "") -> None:
        self._database, self._first_zone = database, first_zone
        self._reports = PostgresReports(database)

    def create(self, report: MailedReport, *, actor: str) -> StoredMailedReport:
        with self._database.transaction() as connection:
            row = connection.execute(
                "insert into mailed_report (report_id, document) values (%s, %s) returning created_at",
                (report.report_id, Json(report.to_json())),
            ).fetchone()
            count = connection.execute("select count(*) as n from mailed_report").fetchone()
            if count is not None and count["n"] > MAX_REPORTS:
                raise TooManyMailedReports(MAX_REPORTS)
            write_audit(connection, actor, "mailed_report.create", _subject(report.report_id), None, report.to_json())
        assert row is not None  # noqa: S101 - it was just written
        return StoredMailedReport(report, row["created_at"])

    def find(self, report_id: str) -> StoredMailedReport | None:
        row = self._database.fetch_one(_REPORT + " where r.report_id = %s", (report_id,))
        return _stored(row) if row else None

    def list(self) -> Sequence[StoredMailedReport]:
        with self._database.transaction() as connection:
            return [_stored(row) for row in connection.execute(_REPORT + " order by r.report_id")]

    def replace(
        self, report: MailedReport, *, actor: str, check: Callable[[MailedReport], object] = accept
    ) -> StoredMailedReport | None:
        with self._database.transaction() as connection:
            before = _find(connection, report.report_id)
            if before is None:
                return None
            check(before)
            connection.execute(
                "update mailed_report set document = %s, updated_at = clock_timestamp() where report_id = %s",
                (Json(report.to_json()), report.report_id),
            )
            old, new = before.to_json(), report.to_json()
            write_audit(connection, actor, "mailed_report.change", _subject(report.report_id), old, new)
        return self.find(report.report_id)

    def delete(self, report_id: str, *, actor: str, check: Callable[[MailedReport], object] = accept) -> bool:
        with self._database.transaction() as connection:
            before = _find(connection, report_id)
            if before is None:
                return False
            check(before)
            connection.execute("delete from mailed_report where report_id = %s", (report_id,))
            write_audit(connection, actor, "mailed_report.delete", _subject(report_id), before.to_json(), None)
        return True

    def send_now(self, report: MailedReport, seal: Seal, url: str, *, actor: str) -> int:
        zone = self._zone()
        period = last_period(report.every, utc_now().astimezone(zone).date())
        now, before = self._figures(report, period, zone)
        with self._database.transaction() as connection:
            count = _post(connection, report, period, now, before, seal, url)
            if count:
                sent = {"first_day": period.first.isoformat(), "last_day": period.last.isoformat()}
                write_audit(connection, actor, "mailed_report.send", _subject(report.report_id), None, sent)
        return count

    def send_due(self, now: datetime, seal: Seal, url: str) -> int:
        """Put the reports that are due into the outbox, each period once; returns the number of mails. While no
        channel is chosen for mail of the installation, they wait for one."""
        mails, zone = 0, self._zone()
        if self._database.fetch_one(CHOSEN) is None:
            return 0
        for stored in self.list():
            period = due_period(stored.report, stored.created_at, now, zone)
            if period is None or self._is_sent(stored.report, period):
                continue
            figures, before = self._figures(stored.report, period, zone)
            with self._database.transaction() as connection:
                # Locked, so that it is not deleted meanwhile.
                if _find(connection, stored.report.report_id) is not None and connection.execute(
                    "insert into mailed_report_sent (report_id, period) values (%s, %s) on conflict do nothing",
                    (stored.report.report_id, period.first),
                ).rowcount:
                    mails += _post(connection, stored.report, period, figures, before, seal, url)
        return mails

    def _zone(self) -> ZoneInfo:
        with self._database.transaction() as connection:
            return installation_zone(connection, self._first_zone)

    def _is_sent(self, report: MailedReport, period: Period) -> bool:
        query = "select 1 from mailed_report_sent where report_id = %s and period = %s"
        return self._database.fetch_one(query, (report.report_id, period.first)) is not None

    def _figures(self, report: MailedReport, period: Period, zone: ZoneInfo) -> tuple[Figures, Figures]:
        """Of the period, and of the one before."""
        return self._of(period, zone), self._of(period_before(report.every, period), zone)

    def _of(self, period: Period, zone: ZoneInfo) -> Figures:
        lines = self._reports.usage(period.first, period.last, (), limit=1, zone=zone)
        starts = day_starts(period.first, period.last, zone)
        values = {"begin": starts[0], "end": starts[-1], "qualified": [str(each) for each in QUALIFIED]}
        with self._database.transaction(budget_s=_BUDGET_S) as connection:
            row = connection.execute(_COUNTS, values).fetchone() or {"qualified": 0, "opt_outs": 0}
        return Figures(lines[0].spent if lines else Spent(), row["qualified"], row["opt_outs"])


def _post(
    connection: Connection, report: MailedReport, period: Period, now: Figures, before: Figures, seal: Seal, url: str
) -> int:
    chosen = connection.execute(CHOSEN).fetchone()
    if chosen is None:
        return 0
    users = connection.execute(
        "select mail from app_user where user_id = any(%s) and disabled_at is null and mail_confirmed_at is not null",
        ([*report.users],),
    ).fetchall()
    to = dict.fromkeys([*report.addresses, *(row["mail"] for row in users)])
    for each in to:
        sealed = seal(report_message(report.every, period, now, before, each, url))
        message_id = new_id("mail")
        write_notice(connection, Notice(message_id, reference("mail", chosen["name"]), message_id, sealed, utc_now()))
    return len(to)


def _find(connection: Connection, report_id: str) -> MailedReport | None:
    query = "select document from mailed_report where report_id = %s for update"
    row = connection.execute(query, (report_id,)).fetchone()
    return parse_mailed_report(report_id, row["document"]) if row else None


def _stored(row: Mapping[str, Any]) -> StoredMailedReport:
    report = parse_mailed_report(row["report_id"], row["document"])
    return StoredMailedReport(report, row["created_at"], row["last_sent_at"])


def _subject(report_id: str) -> str:
    return f"mailed_report/{report_id}"
