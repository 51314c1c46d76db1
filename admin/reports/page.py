"""Funnel and Money: the paths of callers, costs and savings."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from flask import Response

from admin.http.language import later, t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.reports.charts import by_day
from admin.reports.sankey import lay_out
from ivr.domain.reports.days import day_of

pages = Pages()
SPANS = ((7, later("7 days")), (30, later("30 days")), (90, later("90 days")), (365, later("a year")))


@pages("GET", "/funnel", scope="calls")
def choose_funnel(page: Page) -> Response:
    """The funnel of the chosen menu, or of the busiest one in this period."""
    menus = page.menus()
    return _funnel(page, page.args.get("ivr_id") or _busiest(page, menus), menus, None)


@pages("GET", "/menus/<ivr_id>/funnel", scope="calls")
def show_funnel(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"], quiet=True) if page.can("read") else None
    return _funnel(page, page.path["ivr_id"], [], menu)


def _funnel(page: Page, ivr_id: str | None, menus: list[dict[str, Any]], menu: dict[str, Any] | None) -> Response:
    found, drawn = None, None
    first, last = _days(page)
    if ivr_id:
        try:
            query = {**_between(page, first, last), **{name: page.args.get(name) for name in ("version", "language")}}
            found = page.api("get_funnel", query=query, ivr_id=ivr_id)
            drawn = lay_out(found["nodes"])
        except ApiError as error:
            if error.status != 422:
                raise
            page = page.refused(error)
    return page.render(
        "funnel.html", found=found, drawn=drawn, menus=menus, menu=menu, ivr_id=ivr_id, first=first, last=last,
        spans=_spans(last), titles=_titles(page, ivr_id, menu) if found and ivr_id else {},
    )  # fmt: skip


def _titles(page: Page, ivr_id: str, menu: dict[str, Any] | None) -> dict[str, str]:
    """What people call the nodes that have a label."""
    whole = menu or (page.api("get_ivr", ivr_id=ivr_id, quiet=True) if page.can("read") else {"nodes": {}})
    return {node_id: node["label"] for node_id, node in whole["nodes"].items() if "label" in node}


@pages("GET", "/money", scope="calls")
def show_money(page: Page) -> Response:
    first, last = _days(page)
    by = page.args.get("by") if page.args.get("by") in ("ivr", "did") else "ivr"
    try:
        days = page.api("get_usage", query={**_between(page, first, last), "group": "day"})
        lines = page.api("get_usage", query={**_between(page, first, last), "group": by}, quiet=True)
    except ApiError as error:
        if error.status != 422:
            raise
        return page.refused(error).render("money.html", days=None, first=first, last=last, spans=_spans(last))
    amounts = {date.fromisoformat(line["day"]): _dollars(line) for line in days["items"]}
    minutes = {date.fromisoformat(line["day"]): _minutes(line) for line in days["items"]}
    begin, end = date.fromisoformat(days["first_day"]), date.fromisoformat(days["last_day"])
    chart, clock = by_day(begin, end, amounts, "$"), by_day(begin, end, minutes, "min")
    csv = "/usage.csv?" + urlencode({**_between(page, first, last), "group": "day,ivr,did"})
    speech_csv = "/usage/speech.csv?" + urlencode(_between(page, first, last))
    return page.render(
        "money.html", days=days, lines=lines, chart=chart, clock=clock, by=by, first=first, last=last,
        names={menu["id"]: menu["name"] for menu in page.menus()}, spans=_spans(last), csv=csv,
        speech_csv=speech_csv,
    )  # fmt: skip


def _busiest(page: Page, menus: list[dict[str, Any]]) -> str | None:
    """The menu with the most calls; without any calls the first live one, or the first."""
    try:
        used = page.api("get_usage", query={**_between(page, *_days(page)), "group": "ivr"}, quiet=True)["items"]
    except ApiError:
        used = []  # the days are invalid, which the funnel's own query reports
    calls = {line["ivr_id"]: line["calls"] for line in used}
    best = max(menus, key=lambda menu: (calls.get(menu["id"], 0), menu["status"] == "live"), default=None)
    return best["id"] if best else None


def _dollars(line: dict[str, Any]) -> list[tuple[str, Decimal]]:
    kinds = ((later("menu"), "ivr_usd"), (later("agent"), "agent_usd"), (later("speech"), "tts_usd"))
    return [(kind, Decimal(line[name])) for kind, name in kinds]


def _minutes(line: dict[str, Any]) -> list[tuple[str, Decimal]]:
    return [("menu", Decimal(line["menu_minutes"])), ("agent", Decimal(line["agent_minutes"]))]


def _days(page: Page) -> tuple[str, str]:
    """The first and last day of the query, unchecked; by default the last 30 days."""
    today = day_of(datetime.now(UTC), page.zone)
    return page.args.get("from") or (today - timedelta(days=29)).isoformat(), page.args.get("to") or today.isoformat()


def _between(page: Page, first: str, last: str) -> dict[str, str]:
    return {"from": first, "to": last, "tz": page.zone.key}


def _spans(last: str) -> list[tuple[str, str]]:
    """(first day, label) of the periods that end on this last day."""
    try:
        end = date.fromisoformat(last)
        return [((end - timedelta(days=days - 1)).isoformat(), t(name)) for days, name in SPANS]
    except (ValueError, OverflowError):
        return []
