"""`digitree report`: costs, savings and funnels as one HTML file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ivr.domain.reports.days import day_of
from ivr.domain.time_zones import UTC_NAME, find_zone
from launcher.commands.common import database_url, fail, read_settings

MENUS_DRAWN = 10
LINES_SHOWN = 100
UTC_ZONE = ZoneInfo(UTC_NAME)


def report(
    first: Annotated[str, typer.Option("--from", help="First day, such as 2026-03-01. Default: 30 days.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, included. Default: today.")] = "",
    tz: Annotated[str, typer.Option(help="Time zone of the days. Default: that of the installation.")] = "",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("digitree-report.html"),
) -> None:
    """Draw usage, money saved and the funnel of each menu into one self-contained HTML file."""
    from admin.http.zones import InstallationZone
    from admin.reports.service import ReportService, TooManyDays, TooManyLines
    from ivr.domain.errors import StorageError
    from ivr.storage.postgres.stores import PostgresStores

    if tz and find_zone(tz) is None:
        fail(f"there is no time zone {tz!r}; write an IANA name, such as America/Chicago")
    settings = read_settings()
    stores = PostgresStores(database_url(settings), max_size=1)
    zone = find_zone(tz) or InstallationZone(stores.preferences, settings.zone).zone
    until = _day(last) or day_of(datetime.now(UTC), zone)
    since = _day(first) or until - timedelta(days=29)
    if since > until:
        fail("the last day is before the first")
    service = ReportService(stores.reports, settings.rates, settings.tts_usd_s)
    try:
        names = {menu.ivr_id: menu.name for menu in stores.menus.list(limit=500).items}
        text = render(service, names, since, until, zone)
    except (StorageError, TooManyDays, TooManyLines) as error:
        fail(str(error))
    finally:
        stores.close()
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out}: {error.strerror}")
    typer.echo(f"{out} written")


def render(service: Any, names: dict[str, str], since: date, until: date, zone: ZoneInfo = UTC_ZONE) -> str:
    """The HTML; `service` is an admin.reports.service.ReportService, `zone` that of the days."""
    from jinja2 import Environment, StrictUndefined

    from admin.http import filters
    from admin.pages import templates
    from admin.reports import bars
    from admin.reports.sankey import lay_out

    days, menus, numbers = (service.usage(since, until, group, zone=zone) for group in (["day"], ["ivr"], ["did"]))
    by_day = {date.fromisoformat(line["day"]): line for line in days["items"]}
    usd = {"menu": "ivr_usd", "agents": "agent_usd", "speech": "tts_usd"}
    spent = {day: _parts(line, **usd) for day, line in by_day.items()}
    minutes = {day: _parts(line, menu="menu_minutes", agents="agent_minutes") for day, line in by_day.items()}
    busiest = sorted(menus["items"], key=lambda line: -line["calls"])[:MENUS_DRAWN]
    funnels = [service.funnel(line["ivr_id"], since, until, None, zone=zone) for line in busiest]
    environment = Environment(loader=templates(), autoescape=True, undefined=StrictUndefined)
    shown = ("usd", "number", "phone", "seconds", "plural")
    environment.filters |= {name: filters.FILTERS[name] for name in shown}
    return environment.get_template("report.html").render(
        since=since,
        until=until,
        made=datetime.now(zone),
        zone=zone.key,
        days=days,
        menus=menus["items"][:LINES_SHOWN],
        numbers=numbers["items"][:LINES_SHOWN],
        left_out=max(len(menus["items"]), len(numbers["items"])) > LINES_SHOWN,
        dollars=bars.stack(since, until, spent),
        minutes=bars.stack(since, until, minutes, "min"),
        names=names,
        funnels=[(found, lay_out(found["nodes"])) for found in funnels],
    )


def _parts(line: dict[str, Any], **kinds: str) -> list[tuple[str, Decimal]]:
    return [(kind, Decimal(line[name])) for kind, name in kinds.items()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{text!r} is not a day; write it as 2026-03-01")
