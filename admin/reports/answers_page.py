"""Answers: a chart for each question that keeps what callers keyed, and the answers themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.reports.days import day_of

pages = Pages()
_DAYS = 30
_SHOWN = "50"
WIDTH = 300


@pages("GET", "/menus/<ivr_id>/answers", scope="calls")
def show_answers(page: Page) -> Response:
    ivr_id = page.path["ivr_id"]
    menu = page.api("get_ivr", ivr_id=ivr_id, quiet=True) if page.can("read") else None
    today = day_of(datetime.now(UTC), page.zone)
    first = page.args.get("from") or (today - timedelta(days=_DAYS - 1)).isoformat()
    last = page.args.get("to") or today.isoformat()
    between = {"from": first, "to": last, "tz": page.zone.key}
    questions: list[dict[str, Any]] = []
    found: dict[str, Any] = {"items": [], "next_cursor": None}
    try:
        query = {**between, "limit": _SHOWN, "cursor": page.args.get("cursor")}
        found = page.api("list_answers", query=query, ivr_id=ivr_id)
        counts = page.api("count_answers", query=between, ivr_id=ivr_id)
        questions = [_drawn(each, menu) for each in counts["questions"]]
    except ApiError as error:
        if error.status != 422:
            raise
        page = page.refused(error)
    csv = f"/ivr/{ivr_id}/answers.csv?{urlencode(between)}"
    return page.render(
        "answers.html", menu=menu, found=found, questions=questions, first=first, last=last, csv=csv, width=WIDTH
    )


def _drawn(question: dict[str, Any], menu: dict[str, Any] | None) -> dict[str, Any]:
    """With a bar for each answer, and the question's words where this version of the menu has them."""
    bars = [(each["answer"], each["calls"]) for each in question["answers"]]
    if question["others"]:
        bars.append((t("other answers"), question["others"]))
    most = max(calls for _, calls in bars)
    node = (menu or {"nodes": {}})["nodes"].get(question["node"], {})
    text = node.get("text")
    return {
        **question,
        "text": text if isinstance(text, str) else "",
        "bars": [(answer, calls, max(2, round(WIDTH * calls / most))) for answer, calls in bars],
    }
