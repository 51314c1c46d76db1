"""What the dashboard warns of. Every source of alerts is one more function in `find_alerts`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from admin.health.service import CheckResult, Readiness
from admin.health.words import shown_check
from admin.http.language import t
from admin.http.page import Page
from admin.http.words import ALERT_KINDS
from ivr.domain.alerts.judging import Alert
from ivr.ports.alerts import AlertStore

_MOST = 20


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """`tone`: `bad`, calls or records are in danger; `warn`, somebody should look. `detail` is in the language
    `lang`, where it is not that of the page. `address`: where to look."""

    title: str
    detail: str
    tone: str
    address: str
    lang: str | None = None


def find_alerts(page: Page) -> list[ShownAlert]:
    """The alerts that hold just now, the worst first."""
    begun = page.service(AlertStore).list(open_only=True, limit=_MOST).items
    found = [*_of_health(page.service(Readiness).run()), *_of_alerts(begun)]
    return sorted(found, key=lambda alert: alert.tone != "bad")


def _of_health(checks: Iterable[CheckResult]) -> Iterable[ShownAlert]:
    for check in map(shown_check, checks):
        if check.state != "good":
            warns = check.state == "warn"
            title = t("Warning: %(name)s", name=check.name) if warns else t("Failed: %(name)s", name=check.name)
            yield ShownAlert(title, check.said, check.state, "/ui/health")


def _of_alerts(alerts: Iterable[Alert]) -> Iterable[ShownAlert]:
    for alert in alerts:
        kind = ALERT_KINDS[alert.kind]
        yield ShownAlert(kind.text, alert.detail, kind.tone, "/ui/alerts", "en")
