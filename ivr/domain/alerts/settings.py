"""What is told as an alert, to whom, and when not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

AlertKind = Literal[
    "agent_down", "trunk_down", "journal_old", "disk_low", "no_calls", "opt_outs", "voice_down", "certificate"
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)
MAX_RECIPIENTS = 20


class Threshold(NamedTuple):
    """A number of an alert: its usual value, and what it may be."""

    usual: int
    least: int
    most: int


# By kind, and in the order in which they are shown.
THRESHOLDS: Mapping[AlertKind, Mapping[str, Threshold]] = {
    "agent_down": {"failures": Threshold(3, 1, 50), "attempts": Threshold(5, 1, 50)},
    "trunk_down": {"minutes": Threshold(5, 1, 1440)},
    "journal_old": {"minutes": Threshold(10, 1, 1440)},
    "disk_low": {"megabytes": Threshold(1000, 1, 1_000_000)},
    "no_calls": {"hours": Threshold(3, 1, 24), "calls": Threshold(5, 1, 100_000)},
    "opt_outs": {"times": Threshold(3, 2, 100), "calls": Threshold(50, 1, 1_000_000)},
    "voice_down": {"minutes": Threshold(5, 1, 1440)},
    "certificate": {"days": Threshold(14, 1, 90)},
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """`channel` is the name of a channel; `to` an address or number, empty: those of the channel."""

    channel: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` to `end` of each day of the installation, through midnight where the end is the earlier one."""

    begin: time
    end: time

    def end_after(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours end that hold `at`; None outside of them."""
        here = at.astimezone(zone)
        for day in (here.date() - timedelta(days=1), here.date()):
            begin = datetime.combine(day, self.begin, zone)
            last = day if self.end > self.begin else day + timedelta(days=1)
            end = datetime.combine(last, self.end, zone)
            if begin <= here < end:
                return end
        return None


@dataclass(frozen=True, slots=True)
class AlertRule:
    on: bool
    numbers: Mapping[str, int]


def _usual() -> dict[AlertKind, AlertRule]:
    return {kind: AlertRule(True, {name: each.usual for name, each in of.items()}) for kind, of in THRESHOLDS.items()}


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """`repeat_hours`: the same alert is told once in so long, however often it begins again."""

    recipients: tuple[Recipient, ...] = ()
    quiet: QuietHours | None = None
    repeat_hours: int = 4
    rules: Mapping[AlertKind, AlertRule] = field(default_factory=_usual)

    def to_json(self) -> dict[str, Any]:
        return {
            "recipients": [{"channel": each.channel, "to": each.to} for each in self.recipients],
            "quiet": None if self.quiet is None else {
                "begin": f"{self.quiet.begin:%H:%M}", "end": f"{self.quiet.end:%H:%M}",
            },
            "repeat_hours": self.repeat_hours,
            "kinds": {kind: {"on": rule.on, **rule.numbers} for kind, rule in self.rules.items()},
        }  # fmt: skip


def parse_alert_settings(document: Mapping[str, Any]) -> AlertSettings:
    """The inverse of `to_json`; a kind or number that it lacks has its usual value. Raises KeyError, ValueError."""
    quiet, kinds = document["quiet"], document["kinds"]
    rules = {
        kind: AlertRule(
            kinds.get(kind, {}).get("on", True),
            {name: kinds.get(kind, {}).get(name, each.usual) for name, each in of.items()},
        )
        for kind, of in THRESHOLDS.items()
    }
    return AlertSettings(
        tuple(Recipient(each["channel"], each["to"]) for each in document["recipients"]),
        None if quiet is None else QuietHours(time.fromisoformat(quiet["begin"]), time.fromisoformat(quiet["end"])),
        document["repeat_hours"],
        rules,
    )
