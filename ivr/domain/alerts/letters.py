"""An alert in words, for mail, a text message and a chat. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from ivr.domain.alerts.judging import Alert
from ivr.domain.alerts.settings import AlertKind
from ivr.domain.channels.message import Message

_BEGINS: Mapping[AlertKind, str] = {
    "agent_down": "Agent {subject} cannot be reached",
    "trunk_down": "Trunk {subject} is down",
    "journal_old": "Call records wait on {subject}",
    "disk_low": "The disk of {subject} is filling up",
    "no_calls": "No calls came, though they usually do",
    "opt_outs": "Unusually many callers opt out",
    "voice_down": "The voices on {subject} do not answer",
    "certificate": "The certificate of {subject} is about to end",
}
_ENDS: Mapping[AlertKind, str] = {
    "agent_down": "Agent {subject} can be reached again",
    "trunk_down": "Trunk {subject} works again",
    "journal_old": "Call records on {subject} are written again",
    "disk_low": "The disk of {subject} has room again",
    "no_calls": "Calls come again",
    "opt_outs": "The share of opt-outs is usual again",
    "voice_down": "The voices on {subject} answer again",
    "certificate": "The certificate of {subject} is renewed",
}


def alert_message(alert: Alert, to: str, zone: ZoneInfo, url: str) -> Message:
    """The message of its beginning, or of its end once it has one."""
    moment = alert.ended_at or alert.began_at
    headline = (_ENDS if alert.ended_at else _BEGINS)[alert.kind].format(subject=alert.subject)
    when = f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    if alert.ended_at is None:
        lines = [f"{headline}.", alert.detail, f"Since {when}."]
    else:
        lines = [f"{headline}.", f"It lasted from {alert.began_at.astimezone(zone):%Y-%m-%d %H:%M} to {when}."]
    return Message("\n".join([*lines, f"{url}/ui/alerts"]), to, subject=f"Digitree: {headline}")


def trial_message(to: str, url: str) -> Message:
    """A message that shows that alerts arrive."""
    text = f"This is a test: alerts of Digitree arrive here.\n{url}/ui/alerts"
    return Message(text, to, subject="Digitree: a test of the alerts")
