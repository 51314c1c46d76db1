"""What the dashboard warns of. Every source of alerts is one more function in `find_alerts`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from admin.health.service import CheckResult, Readiness
from admin.http.filters import check_name
from admin.http.language import t
from admin.http.page import Page

_WARNING = "WARNING: "


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """`tone`: `bad`, calls or records are in danger; `warn`, somebody should look. `detail` is in the language
    `lang`. `address`: where to look."""

    title: str
    detail: str
    tone: str
    address: str
    lang: str = "en"


def find_alerts(page: Page) -> list[ShownAlert]:
    """The alerts that hold just now, the worst first."""
    found = [*_of_health(page.service(Readiness).run())]
    return sorted(found, key=lambda alert: alert.tone != "bad")


def _of_health(checks: Iterable[CheckResult]) -> Iterable[ShownAlert]:
    for check in checks:
        warns = check.detail.startswith(_WARNING)
        if warns or not check.ok:
            name = check_name(check.name)
            title = t("Warning: %(name)s", name=name) if check.ok else t("Failed: %(name)s", name=name)
            yield ShownAlert(title, check.detail.removeprefix(_WARNING), "warn" if check.ok else "bad", "/ui/health")
