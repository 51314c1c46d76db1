"""Alerts: what is wrong and was wrong, what is told as one, and to whom."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.language import later, t, tn
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.alerts.settings import MAX_RECIPIENTS, THRESHOLDS

pages = Pages()

LABELS = {
    "failures": later("calls that failed"),
    "attempts": later("of its last calls"),
    "minutes": later("minutes"),
    "megabytes": later("megabytes left"),
    "hours": later("hours without a call"),
    "calls": later("calls at least"),
    "times": later("times the usual share"),
    "days": later("days left"),
}


@pages("GET", "/alerts", scope="read")
def show_alerts(page: Page) -> Response:
    found = page.api("list_alerts", query={"limit": "50", "cursor": page.args.get("cursor")})
    settings, channels = None, list[dict[str, Any]]()
    if page.can("admin"):
        settings = page.api("get_alert_settings")
        channels = page.api("list_channels", query={"limit": "200"}, quiet=True)["items"]
    labels = {name: t(label) for name, label in LABELS.items()}
    return page.render(
        "alerts.html", found=found, settings=settings, channels=channels, thresholds=THRESHOLDS, labels=labels
    )


@pages("POST", "/alerts", scope="admin")
def change_alerts(page: Page) -> Response:
    try:
        page.api("put_alert_settings", body=_body(page))
    except ApiError as error:
        return show_alerts(page.refused(error))
    return page.redirect("/alerts", t("The alerts are changed."))


@pages("POST", "/alerts/test", scope="admin")
def send_test(page: Page) -> Response:
    count = page.api("test_alerts")["messages"]
    if not count:
        return page.redirect("/alerts", t("There is nobody to send a test to: add a recipient first."))
    said = tn("%(num)s test is on its way.", "%(num)s tests are on their way.", count)
    return page.redirect("/alerts", said)


def _body(page: Page) -> dict[str, Any]:
    form = page.form
    rows = [(form.get(f"channel-{n}", ""), form.get(f"to-{n}", "").strip()) for n in range(MAX_RECIPIENTS)]
    begin, end = form.get("begin", "").strip(), form.get("end", "").strip()
    return {
        "recipients": [{"channel": channel, "to": to} for channel, to in rows if channel],
        "quiet": {"begin": begin, "end": end} if begin or end else None,
        "repeat_hours": _number(form.get("repeat_hours", "")),
        "kinds": {
            kind: {"on": f"{kind}-on" in form, **{name: _number(form.get(f"{kind}-{name}", "")) for name in of}}
            for kind, of in THRESHOLDS.items()
        },
    }


def _number(text: str) -> int | str:
    """What is none is refused at its field."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
