"""Reports by mail: which period is due, and how its figures read beside those of the period before. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from html import escape
from typing import Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from ivr.domain.channels.message import Message
from ivr.domain.reports.usage import Spent

Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = get_args(Every)
MAX_ADDRESSES, MAX_REPORTS = 20, 50
_NAMES: Mapping[Every, str] = {"day": "the day before", "week": "the week before", "month": "the month before"}


class Period(NamedTuple):
    """Days, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class MailedReport:
    """`hour` is that of the installation's zone, on the day after the period. It goes to `addresses`, and to the
    confirmed addresses of `users` (their ids)."""

    report_id: str
    every: Every
    hour: int
    addresses: tuple[str, ...] = ()
    users: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"every": self.every, "hour": self.hour, "addresses": [*self.addresses], "users": [*self.users]}


def parse_mailed_report(report_id: str, document: Mapping[str, Any]) -> MailedReport:
    """The inverse of `to_json`; raises KeyError or ValueError."""
    if document["every"] not in EVERY:
        raise ValueError(f"a report of every {document['every']}")
    addresses, users = tuple(document["addresses"]), tuple(document["users"])
    return MailedReport(report_id, document["every"], int(document["hour"]), addresses, users)


def last_period(every: Every, today: date) -> Period:
    """The latest period that is over. A week begins on a Monday."""
    if every == "day":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if every == "week":
        monday = today - timedelta(days=today.weekday())
        return Period(monday - timedelta(days=7), monday - timedelta(days=1))
    last = today.replace(day=1) - timedelta(days=1)
    return Period(last.replace(day=1), last)


def period_before(every: Every, period: Period) -> Period:
    """The period that this one is compared with."""
    return last_period(every, period.first)


def due_period(report: MailedReport, made_at: datetime, now: datetime, zone: ZoneInfo) -> Period | None:
    """The period whose report is due: the latest one whose hour has come, unless that was before the report was
    made. Those that a keeper slept through are not made up for."""
    here = now.astimezone(zone)
    for today in (here.date(), here.date() - timedelta(days=1)):
        period = last_period(report.every, today)
        due_at = datetime.combine(period.last + timedelta(days=1), time(report.hour), zone)
        if due_at <= here:
            return period if due_at >= made_at else None
    return None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a period: what calls cost, how many callers the menu led to an agent, and how many opted out."""

    spent: Spent
    qualified: int
    opt_outs: int


def report_message(every: Every, period: Period, now: Figures, before: Figures, to: str, url: str) -> Message:
    """The mail of a report, as text and as HTML."""
    days = _days(period)
    rows = _rows(now, before)
    link = f"{url}/ui/money?from={period.first}&to={period.last}"
    than = _NAMES[every]
    width = max(len(name) for name, _, _ in rows)
    lines = [f"{name + ':':<{width + 2}}{value:>12}   ({than}: {was})" for name, value, was in rows]
    text = "\n".join([f"Your calls, {days}", "", *lines, "", f"More of it: {link}", ""])
    return Message(text, to, subject=f"Digitree: your calls, {days}", html=_html(days, rows, than, link))


def _rows(now: Figures, before: Figures) -> Sequence[tuple[str, str, str]]:
    """(name, value, value before)"""

    def row(name: str, pick: Any) -> tuple[str, str, str]:
        return name, pick(now), pick(before)

    return [
        row("Calls", lambda each: f"{each.spent.calls:,}"),
        row("Answered by agents", lambda each: f"{each.spent.agent_calls:,}"),
        row("Led to an agent", lambda each: _share(each.qualified, each.spent.calls)),
        row("Opt-outs", lambda each: f"{each.opt_outs:,}"),
        row("Cost", lambda each: _usd(each.spent.total_usd)),
        row("Money saved", lambda each: _usd(each.spent.saved_usd)),
    ]


def _html(days: str, rows: Sequence[tuple[str, str, str]], than: str, link: str) -> str:
    cell = "padding:6px 14px 6px 0;text-align:"
    body = "".join(
        f'<tr><th scope="row" style="{cell}left;font-weight:normal">{escape(name)}</th>'
        f'<td style="{cell}right"><strong>{escape(value)}</strong></td>'
        f'<td style="{cell}right;color:#555555">{escape(was)}</td></tr>'
        for name, value, was in rows
    )
    head = f'<tr><th></th><th></th><th scope="col" style="{cell}right;color:#555555">{escape(than)}</th></tr>'
    return (
        '<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#111111">'
        f'<h1 style="font-size:20px">Your calls, {escape(days)}</h1>'
        f'<table style="border-collapse:collapse">{head}{body}</table>'
        f'<p><a href="{escape(link)}">More of it</a></p></body></html>'
    )


def _days(period: Period) -> str:
    if period.first == period.last:
        return f"{period.first:%Y-%m-%d}"
    return f"{period.first:%Y-%m-%d} to {period.last:%Y-%m-%d}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}"
