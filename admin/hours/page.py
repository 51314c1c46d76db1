"""Opening hours: the week, other dates, holidays, and a button that closes at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flask import Response

from admin.hours import forms
from admin.http.language import country_name, day_name, day_text, t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.hours.holiday_dates import country_names
from ivr.domain.hours.model import DAYS, MAX_HOLIDAY_SETS, MAX_OVERRIDES
from ivr.domain.hours.spans import DAY_MINUTES, parse_span
from ivr.domain.time_zones import zone_names

pages = Pages()

_SPARE_OVERRIDES = 2
_UPCOMING = 12


class Bar(NamedTuple):
    """A part of a day that is open, in minutes since midnight."""

    start: int
    length: int


@pages("GET", "/hours", scope="read")
def show_hours_list(page: Page) -> Response:
    found = page.api("list_hours", query={"limit": "50", "cursor": page.args.get("cursor")})
    return page.render("hours_list.html", found=found, local=_local)


@pages("GET", "/hours/new", scope="write")
def show_new_hours(page: Page) -> Response:
    return _form(page, None)


@pages("POST", "/hours/new", scope="write")
def create_hours(page: Page) -> Response:
    name = page.form.get("name", "").strip()
    try:
        page.api("create_hours", body={"name": name, **forms.body_of(page.form, page.form_list)}, quiet=True)
    except ApiError as error:
        return show_new_hours(page.refused(error))
    return page.redirect(f"/hours/{name}", t("These are the hours now. The holidays that count can be chosen below."))


@pages("GET", "/hours/<hours>", scope="read")
def show_hours(page: Page) -> Response:
    return _form(page, page.api("get_hours", hours=page.path["hours"]))


@pages("POST", "/hours/<hours>", scope="write")
def change_hours(page: Page) -> Response:
    name = page.path["hours"]
    try:
        page.api("replace_hours", hours=name, body=forms.body_of(page.form, page.form_list), quiet=True)
    except ApiError as error:
        return show_hours(page.refused(error))
    return page.redirect(f"/hours/{name}", t("Saved."))


@pages("POST", "/hours/<hours>/close", scope="write")
def close_hours(page: Page) -> Response:
    name = page.path["hours"]
    zone = ZoneInfo(page.api("get_hours", hours=name, quiet=True)["zone"])
    body = {
        "until": forms.until_of(page.form.get("until", ""), zone),
        "label": page.form.get("why", "").strip() or None,
    }
    try:
        page.api("close_hours", hours=name, body=body, quiet=True)
    except ApiError as error:
        return _form(page.refused(error), page.api("get_hours", hours=name))
    return page.redirect(f"/hours/{name}", t("Closed from now on."))


@pages("POST", "/hours/<hours>/reopen", scope="write")
def reopen_hours(page: Page) -> Response:
    page.api("reopen_hours", hours=page.path["hours"], quiet=True)
    return page.redirect(f"/hours/{page.path['hours']}", t("The hours count again."))


@pages("POST", "/hours/<hours>/delete", scope="write")
def delete_hours(page: Page) -> Response:
    try:
        page.api("delete_hours", hours=page.path["hours"], query={"force": page.form.get("force")})
    except ApiError as error:
        if error.status != 409:
            raise
        return show_hours(page.refused(error))
    return page.redirect("/hours", t("%(hours)s are gone.", hours=page.path["hours"]))


def _form(page: Page, hours: dict[str, Any] | None) -> Response:
    # A refused closure is a form of its own, beside that of the hours.
    typed = "zone" in page.form
    zone = ZoneInfo(hours["zone"]) if hours else page.zone
    return page.render(
        "hours.html",
        hours=hours,
        typed=typed,
        zone=getattr(zone, "key", "UTC"),
        zones=zone_names(),
        days=[
            (day, day_name(index), _bars(hours["week"], index) if hours else [])
            for index, day in enumerate(DAYS)
        ],
        overrides=_override_rows(page, hours, typed),
        sets=_holiday_rows(page, hours, typed),
        countries=_countries(),
        upcoming=forms.upcoming(hours["holiday_dates"], zone, _UPCOMING) if hours else [],
        local=_local,
    )


def _bars(week: Mapping[str, Sequence[str]], index: int) -> list[Bar]:
    """What is open on this day of the week, the rest of the night before included."""
    bars = [
        Bar(0, span.end - DAY_MINUTES)
        for span in map(parse_span, week[DAYS[index - 1]])
        if span.end > DAY_MINUTES
    ]
    spans = map(parse_span, week[DAYS[index]])
    return bars + [Bar(span.start, min(span.end, DAY_MINUTES) - span.start) for span in spans]


def _override_rows(page: Page, hours: dict[str, Any] | None, typed: bool) -> list[dict[str, Any]]:
    """As typed or as stored, and some empty ones."""
    if typed:
        rows = forms.override_rows(page.form, page.form_list)
    else:
        rows = [
            {
                **each,
                "last_date": each["last_date"] if each["last_date"] != each["date"] else "",
                "open": ", ".join(each["open"]),
            }
            for each in (hours["overrides"] if hours else [])
        ]
    return rows + [{} for _ in range(min(_SPARE_OVERRIDES, MAX_OVERRIDES - len(rows)))]


def _holiday_rows(page: Page, hours: dict[str, Any] | None, typed: bool) -> list[dict[str, Any]]:
    """As typed or as stored, each with its names, and an empty one."""
    rows = forms.holiday_rows(page.form, page.form_list) if typed else (hours["holidays"] if hours else [])
    sets = [
        {
            **each,
            "place": forms.place_text(each["country"], each["subdivision"]),
            "names": forms.names_at(each["country"], each["subdivision"]),
        }
        for each in rows
    ]
    return sets + [{"observed": True} for _ in range(min(1, MAX_HOLIDAY_SETS - len(sets)))]


def _local(moment: str, zone: str) -> str:
    """A time of the API as people of that zone write it; today only the clock."""
    at = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))
    now = datetime.now(UTC).astimezone(at.tzinfo)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{day_text(at, 'MMMEd' if at.year == now.year else 'yMMMEd')}, {at:%H:%M}"


def _countries() -> list[tuple[str, str]]:
    """(code, name) of each country whose holidays are known, by name."""
    named = [(code, country_name(code, english)) for code, english in country_names()]
    return sorted(named, key=lambda each: each[1])
