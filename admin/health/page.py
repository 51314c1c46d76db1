"""Health: the checks of /readyz and the keeper's status."""

from __future__ import annotations

from flask import Response

from admin.health.service import Readiness
from admin.health.words import shown_check
from admin.http.metrics import Metrics
from admin.http.page import Page, Pages

pages = Pages()


@pages("GET", "/health", scope="read")
def show_health(page: Page) -> Response:
    checks = [shown_check(each) for each in page.service(Readiness).run()]
    page.note("readyz")
    page.note("metrics")
    return page.render("health.html", checks=checks, keeper=page.service(Metrics).keeper())
