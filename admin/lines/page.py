"""Lines: who waits for whom, as it changes; htmx asks again every two seconds."""

from __future__ import annotations

from flask import Response

from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()


@pages("GET", "/lines", scope="calls")
def show_lines(page: Page) -> Response:
    lines, away = [], False
    try:
        for each in page.api("list_lines")["items"]:
            found = page.api("get_line", quiet=True, line=each["name"])
            report = page.api("get_line_report", query={"tz": page.zone.key}, quiet=True, line=each["name"])
            lines.append({**found, "report": report})
    except ApiError:
        away = True
    return page.render("lines.html", lines=lines, away=away)
