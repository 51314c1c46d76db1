"""`digitree report`: costs, savings and funnels as one HTML file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from launcher.commands.common import database_url, fail, read_settings

MENUS_DRAWN = 10
LINES_SHOWN = 100


def report(
    first: Annotated[str, typer.Option("--from", help="First day, such as 2026-03-01. Default: 30 days.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day, included. Default: today (UTC).")] = "",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("digitree-report.html"),
) -> None:
    """Draw usage, money saved and the funnel of each menu into one self-contained HTML file."""
    from admin.reports.service import ReportService, TooManyLines
    from ivr.domain.errors import StorageError
    from ivr.storage.postgres.stores import PostgresStores

    until = _day(last) or datetime.now(UTC).date()
    since = _day(first) or until - timedelta(days=29)
    if since > until:
        fail("the last day is before the first")
    settings = read_settings()
    stores = PostgresStores(database_url(settings), max_size=1)
    service = ReportService(stores.reports, settings.rates, settings.tts_usd_s)
    try:
        names = {menu.ivr_id: menu.name for menu in stores.menus.list(limit=500).items}
        text = render(service, names, since, until)
    except (StorageError, TooManyLines) as error:
        fail(str(error))
    finally:
        stores.close()
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out}: {error.strerror}")
    typer.echo(f"{out} written")


def render(service: Any, names: dict[str, str], since: date, until: date) -> str:
    """The HTML; `service` is an admin.reports.service.ReportService."""
    from jinja2 import Environment, StrictUndefined

    from admin.http import filters
    from admin.pages import templates
    from admin.reports import bars
    from admin.reports.sankey import lay_out

    days, menus, numbers = (service.usage(since, until, group) for group in (["day"], ["ivr"], ["did"]))
    by_day = {date.fromisoformat(line["day"]): line for line in days["items"]}
    usd = {"menu": "ivr_usd", "agents": "agent_usd", "speech": "tts_usd"}
    spent = {day: _parts(line, **usd) for day, line in by_day.items()}
    minutes = {day: _parts(line, menu="menu_minutes", agents="agent_minutes") for day, line in by_day.items()}
    busiest = sorted(menus["items"], key=lambda line: -line["calls"])[:MENUS_DRAWN]
    funnels = [service.funnel(line["ivr_id"], since, until, None) for line in busiest]
    environment = Environment(loader=templates(), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {name: filters.FILTERS[name] for name in ("usd", "number", "phone", "seconds", "plural")}
    return environment.get_template("report.html").render(
        since=since,
        until=until,
        made=datetime.now(UTC),
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
