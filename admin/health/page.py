"""Health: what /readyz says, with the keeper's figures."""

from __future__ import annotations

from flask import Response

from admin.http.page import Page, Pages

pages = Pages()


@pages("GET", "/health", scope="read")
def show_health(page: Page) -> Response:
    checks = page.services.readiness.run()
    page.note("readyz")
    page.note("metrics")
    return page.render("health.html", checks=checks, keeper=page.services.metrics.keeper())
