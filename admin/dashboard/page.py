"""The dashboard, the first page after the log-in: calls now and today, alerts, the last calls, the first steps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response

from admin.dashboard.alerts import find_alerts
from admin.dashboard.checklist import NAME, FirstStep, first_steps
from admin.http.language import day_name, hour_text, t
from admin.http.page import Page, Pages
from admin.reports.charts import Chart, Series
from admin.reports.service import ReportService
from ivr.domain.reports.so_far import day_so_far
from ivr.domain.reports.usage import MS_PER_MINUTE
from ivr.ports.dashboard import DashboardStore, DayFigures
from ivr.ports.menus import MenuStore

pages = Pages()
_LAST_CALLS = "6"


@pages("GET", "/dashboard", scope="read")
def show_dashboard(page: Page) -> Response:
    today = _today(page) if page.can("calls") else None
    calls = names = None
    if today is not None:
        calls = page.api("list_calls", query={"limit": _LAST_CALLS, "test": "false"})["items"]
        page.note("watch_live_calls")
        ids = list({each["ivr_id"] for each in calls if each["ivr_id"]})
        names = {each.ivr_id: each.name for each in page.service(MenuStore).get_many(ids)}
    return page.render("dashboard.html", steps=_steps(page), today=today, calls=calls, names=names)


@pages("GET", "/dashboard/alerts", scope="read")
def show_alerts(page: Page) -> Response:
    """A part of the page: what it warns of is asked for after the page is there, since a check may take long."""
    return page.render("dashboard_alerts.html", alerts=find_alerts(page))


@pages("POST", "/dashboard/steps/dismiss", scope="read")
def dismiss_steps(page: Page) -> Response:
    """For whoever is logged in; others still see them."""
    page.service(DashboardStore).put_away(_actor(page), NAME)
    return page.redirect("/dashboard", t("The first steps are put away."))


def _actor(page: Page) -> str:
    """The user or API key who looks at this page."""
    return page.principal.key_id if page.principal else ""


def _steps(page: Page) -> list[FirstStep]:
    """The first steps while one is missing and this user has not put them away."""
    store = page.service(DashboardStore)
    if store.has_put_away(_actor(page), NAME):
        return []
    steps = first_steps(store.set_up())
    return [] if all(step.done for step in steps) else steps


def _today(page: Page) -> dict[str, Any]:
    today, week_ago = day_so_far(datetime.now(UTC), page.zone)
    store, rates = page.service(DashboardStore), page.service(ReportService).rates
    now, then = store.day(today), store.day(week_ago)
    weekday = day_name(today.day.weekday())
    chart = Chart(
        kind="bars_beside",
        unit="calls",
        keys=[f"{hour:02}:00" for hour in range(24)],
        labels=[hour_text(hour) for hour in range(24)],
        ticks=[hour_text(hour, short=True) for hour in range(24)],
        series=[
            Series(t("today"), "menu", now.hours),
            Series(t("a week ago"), "speech", then.hours),
        ],
    )
    return {
        "now": now,
        "then": then,
        "weekday": weekday,
        "until": week_ago.until,
        "qualified": _share(now),
        "qualified_then": _share(then),
        "minutes": now.spent.deflected_ms / MS_PER_MINUTE,
        "rates": rates,
        "chart": chart,
    }


def _share(figures: DayFigures) -> float | None:
    return figures.qualified / figures.spent.calls if figures.spent.calls else None
