"""Models of the requests and answers of /alerts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import PageQuery, Request
from ivr.domain.alerts.settings import MAX_RECIPIENTS, THRESHOLDS, AlertKind, AlertSettings, Threshold

CLOCK = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"
_CLOCK_FORM = Form("a time of the day is written as 22:00")
TO = "a mail address or a telephone number; empty: those of the channel, where it has any"
MEANINGS: dict[AlertKind, str] = {
    "agent_down": "an agent was not reached in `failures` of its last `attempts` calls",
    "trunk_down": "a trunk is not registered, or its hosts do not answer, for so many minutes",
    "journal_old": "records of calls have waited to be written for so many minutes",
    "disk_low": "fewer megabytes are left on the disk of DIGITREE_HOME",
    "no_calls": "no call in so many hours, though at least `calls` came in the same hours of the same weekday before",
    "opt_outs": "so many times the usual share of callers opted out in a day of at least `calls` calls",
    "voice_down": "the speech process has not answered for so many minutes",
    "certificate": "the certificate for SIP over TLS ends in fewer days",
}


def _number(each: Threshold) -> Any:
    return Field(default=each.usual, ge=each.least, le=each.most)


def _rule(kind: AlertKind, base: type[BaseModel]) -> Any:
    name = "".join(part.title() for part in kind.split("_")) + ("RuleBody" if base is Request else "RuleSchema")
    numbers: dict[str, Any] = {name: (int, _number(each)) for name, each in THRESHOLDS[kind].items()}
    return create_model(name, __base__=base, on=(bool, Field(default=True)), **numbers)


def _kinds(name: str, base: type[BaseModel]) -> Any:
    rules: dict[str, Any] = {}
    for kind, meaning in MEANINGS.items():
        rule = _rule(kind, base)
        rules[kind] = (rule, Field(default_factory=rule, description=meaning))
    return create_model(name, __base__=base, **rules)


AlertKindsBody = _kinds("AlertKindsBody", Request)
AlertKindsSchema = _kinds("AlertKindsSchema", Answered)
_USUAL = AlertSettings()


class AlertRecipientBody(Request):
    channel: Annotated[str, Field(min_length=1, max_length=64, description="the name of a channel")]
    to: Annotated[str, Field(max_length=320, description=TO)] = ""


class QuietHoursBody(Request):
    begin: Annotated[str, Field(pattern=CLOCK), _CLOCK_FORM]
    end: Annotated[str, Field(pattern=CLOCK), _CLOCK_FORM]


class PutAlertSettings(Request):
    recipients: list[AlertRecipientBody] = Field(default=[], max_length=MAX_RECIPIENTS)
    quiet: QuietHoursBody | None = Field(
        default=None, description="in these hours of the installation's zone nothing is sent; it is sent at their end"
    )
    repeat_hours: int = Field(
        default=_USUAL.repeat_hours, ge=1, le=168, description="the same alert is sent once in so many hours at most"
    )
    kinds: AlertKindsBody = Field(default_factory=AlertKindsBody)  # type: ignore[valid-type]


class AlertRecipientSchema(Answered):
    channel: str
    to: str


class QuietHoursSchema(Answered):
    begin: str
    end: str


class AlertSettingsSchema(Answered):
    recipients: list[AlertRecipientSchema]
    quiet: QuietHoursSchema | None
    repeat_hours: int
    kinds: AlertKindsSchema  # type: ignore[valid-type]
    updated_at: Time | None = Field(description="null: these are the usual ones")


class AlertQuery(PageQuery):
    open: bool = Field(default=False, description="only those that have not ended")


class AlertSchema(Answered):
    id: str
    kind: AlertKind
    subject: str = Field(description="the agent, trunk or machine")
    detail: str
    began_at: Time
    ended_at: Time | None
    told: bool = Field(description="whether it was sent; false: the same one had been told shortly before")


class AlertPageSchema(Answered):
    items: list[AlertSchema]
    next_cursor: str | None


class SentTestSchema(Answered):
    messages: int = Field(description="the messages that are on their way, one for each recipient")
