"""Reports by mail, read in the box of a real mail server: each period once, whoever dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import ivr.storage.postgres.mailed_reports as stored
from ivr.domain.call_records import AgentAttempt, CallRecord, Outcome, Step, utc_now
from ivr.domain.reports.mailed import MailedReport
from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.mailed_reports import PostgresMailedReports
from ivr.storage.postgres.stores import PostgresStores
from keeper.mailed_reports import ReportMailer
from tests.channels import mail_channel
from tests.helpers import wait_until
from tests.mail_server import Mailbox, mail_server
from tests.service_stub import SEALER
from tests.storage.conftest import call
from tests.storage.test_messages import sending

URL = "https://ivr.example.com"
PASSWORD = "correct horse battery"
# A Monday at eight, UTC.
NOW = datetime.fromisoformat("2026-03-09T08:00:00+00:00")


@pytest.fixture
def stores(database: str) -> Iterator[PostgresStores]:
    opened = PostgresStores(database, max_size=8)
    yield opened
    opened.close()


@pytest.fixture
def box(database: str, stores: PostgresStores) -> Iterator[Mailbox]:
    with mail_server() as box, sending(database):
        stores.channels.create(mail_channel(box.port), actor="tests")
        stores.system_mail.choose("office", actor="tests")
        yield box


def _made(stores: PostgresStores, report: MailedReport) -> None:
    """As if it had been made long ago."""
    stores.mailed_reports.create(report, actor="tests")
    with stores.database.transaction() as connection:
        connection.execute("update mailed_report set created_at = '2026-01-01'")


def _mailer(stores: PostgresStores, now: datetime = NOW) -> ReportMailer:
    return ReportMailer(PostgresMailedReports(stores.database), SEALER.seal, URL, lambda: now)


def _call(at: datetime, outcome: Outcome, talk_ms: int = 0) -> CallRecord:
    ended, agent = at + timedelta(minutes=3), [AgentAttempt("sip:a@192.0.2.1", "answered", None, talk_ms)]
    return call(
        started_at=at, ended_at=ended, duration_ms=180_000, outcome=outcome, ivr_id="ivr_1", ivr_version=1,
        path=[Step("welcome", 1, "key", "1", 0, 1)], agent=agent if talk_ms else [],
    )  # fmt: skip


def test_a_weekly_report_comes_once_as_text_and_html_to_addresses_and_users(
    stores: PostgresStores, box: Mailbox
) -> None:
    ada = stores.users.create("ada", PASSWORD, ("read",), actor="tests")
    stores.users.change(ada.user_id, actor="tests", mail="ada@example.com")
    bob = stores.users.create("bob", PASSWORD, ("read",), actor="tests")
    stores.users.change(bob.user_id, actor="tests", mail="bob@example.com")
    assert stores.users.confirm_mail(ada.user_id, "ada@example.com")
    _made(stores, MailedReport("report_1", "week", 7, ("boss@example.com",), (ada.user_id, bob.user_id)))
    for _ in range(3):
        _mailer(stores).look()
        _mailer(stores, NOW + timedelta(days=6)).look()
    wait_until(lambda: len(box.mails) == 2, 20, "two mails")
    assert sorted(str(mail["To"]) for mail in box.mails) == ["ada@example.com", "boss@example.com"]
    mail = box.mails[0]
    assert mail["Subject"] == "Digitree: your calls, 2026-03-02 to 2026-03-08"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"{URL}/ui/money?from=2026-03-02&to=2026-03-08" in text.get_content()
    assert "<table" in html.get_content()
    _mailer(stores, NOW + timedelta(days=7)).look()
    wait_until(lambda: len(box.mails) == 4, 20, "the next week's")


def test_the_figures_are_those_of_the_days_and_of_the_days_before(stores: PostgresStores, box: Mailbox) -> None:
    day = datetime.fromisoformat("2026-03-08T12:00:00+00:00")
    records = [
        _call(day, Outcome.TRANSFERRED, talk_ms=120_000), _call(day, Outcome.AGENT_UNAVAILABLE),
        _call(day, Outcome.OPTED_OUT), _call(day - timedelta(days=1), Outcome.HUNG_UP),
    ]  # fmt: skip
    with stores.database.transaction() as connection:
        write_calls(connection, [(record, "esl-here-1") for record in records])
    _made(stores, MailedReport("report_1", "day", 7, ("boss@example.com",)))
    _mailer(stores).look()
    wait_until(lambda: box.mails, 20, "the mail")
    body = box.mails[0].get_body(("plain",))
    assert body is not None
    lines = [" ".join(line.split()) for line in body.get_content().splitlines()]
    assert lines[2:6] == [
        "Calls: 3 (the day before: 1)",
        "Answered by agents: 1 (the day before: 0)",
        "Led to an agent: 66.7% (the day before: 0.0%)",
        "Opt-outs: 1 (the day before: 0)",
    ]


def test_keepers_that_race_and_one_that_dies_before_it_has_written_send_one_report(
    stores: PostgresStores, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    _made(stores, MailedReport("report_1", "day", 7, ("boss@example.com",)))

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(stored, "write_notice", killed)
        with pytest.raises(Killed):
            _mailer(stores).look()
    threads = [threading.Thread(target=_mailer(stores).look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = stores.database.fetch_one("select count(*) as n from service_notice")
    assert row == {"n": 1}


def test_without_a_channel_a_report_waits_for_one(stores: PostgresStores, tmp_path: Path) -> None:
    _made(stores, MailedReport("report_1", "day", 7, ("boss@example.com",)))
    _mailer(stores).look()
    stores.channels.create(mail_channel(25), actor="tests")
    stores.system_mail.choose("office", actor="tests")
    _mailer(stores, NOW + timedelta(hours=3)).look()
    row = stores.database.fetch_one("select count(*) as n from service_notice")
    assert row == {"n": 1}
    assert stores.mailed_reports.list()[0].last_sent_at is not None


def test_one_that_is_sent_now_leaves_those_that_are_due(stores: PostgresStores, box: Mailbox) -> None:
    report = MailedReport("report_1", "day", 7, ("boss@example.com",))
    _made(stores, report)
    assert stores.mailed_reports.send_now(report, lambda message: SEALER.seal("{}"), URL, actor="tests") == 1
    _mailer(stores, utc_now()).look()
    row = stores.database.fetch_one("select count(*) as n from service_notice")
    assert row == {"n": 2}
