"""Requests and answers of /hours, as pydantic models."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import LEAST_YEAR, MOST_YEAR, PLAIN_NAME, PLAIN_NAME_FORM, Moment, Query, Request
from admin.http.problems import fault
from ivr.domain.hours import model
from ivr.domain.hours.model import Reason, Word
from ivr.domain.hours.spans import SPAN

_AT_RULE = (
    "a time is written 2026-12-24T10:00:00-05:00 with its offset, whose + is %2B in a URL, or 2026-12-24T10:00 in "
    f"the zone of the hours, and lies between the years {LEAST_YEAR} and {MOST_YEAR}"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)

HOURS_NAME: dict[str, Any] = {"type": "string", "pattern": f"^{model.HOURS_NAME.pattern}$"}

SpanText = Annotated[
    str,
    StringConstraints(pattern=f"^{SPAN.pattern}$"),
    Form("a span is written 09:00-17:30; the whole day is 00:00-24:00"),
    Field(examples=["09:00-17:30"]),
]
Spans = Annotated[
    list[SpanText],
    Field(max_length=model.MAX_SPANS, description="open then; one whose end is the earlier goes past midnight"),
]
DateText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    Form("a date is written 2026-12-24"),
    Field(examples=["2026-12-24"]),
]
Label = Annotated[
    str,
    StringConstraints(min_length=1, max_length=model.MAX_LABEL, pattern=PLAIN_NAME),
    PLAIN_NAME_FORM,
    Field(description="for people"),
]
Zone = Annotated[
    str, Field(min_length=1, max_length=64, description="an IANA time zone", examples=["America/New_York"])
]
Country = Annotated[
    str,
    StringConstraints(pattern="^[A-Z]{2}$"),
    Form("a country is given by two capital letters, such as US or DE"),
    Field(description="ISO 3166-1", examples=["US"]),
]
Subdivision = Annotated[
    str,
    StringConstraints(pattern="^[A-Za-z0-9 ]{1,20}$"),
    Form("a subdivision is given by its letters without the country, such as NY or BY"),
    Field(description="ISO 3166-2 without the country; null: the holidays of the whole country", examples=["NY"]),
]


class WeekBody(Request):
    """A day that is absent is closed."""

    mon: Spans = Field(default=[])
    tue: Spans = Field(default=[])
    wed: Spans = Field(default=[])
    thu: Spans = Field(default=[])
    fri: Spans = Field(default=[])
    sat: Spans = Field(default=[])
    sun: Spans = Field(default=[])


class OverrideBody(Request):
    date: DateText
    last_date: Annotated[DateText | None, Field(description="null: it is one date")] = None
    open: Annotated[Spans, Field(description="open then, and only then; none: closed")] = Field(default=[])
    label: Label | None = None
    holiday: Annotated[bool, Field(description="outside of its spans the value is `holiday`, not `closed`")] = False


class HolidaySetBody(Request):
    country: Country
    subdivision: Subdivision | None = None
    observed: Annotated[
        bool, Field(description="the days on which holidays of a weekend are observed count, too")
    ] = True
    skip: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        Field(max_length=model.MAX_SKIPPED, description="names of holidays that do not count"),
    ] = Field(default=[])


Overrides = Annotated[
    list[OverrideBody],
    Field(max_length=model.MAX_OVERRIDES, description="in place of the week, and of holidays, on their dates"),
]
HolidaySets = Annotated[
    list[HolidaySetBody], Field(max_length=model.MAX_HOLIDAY_SETS, description="public holidays that count")
]


class ReplaceHours(Request):
    zone: Zone
    week: WeekBody = Field(default_factory=WeekBody)
    overrides: Overrides = Field(default=[])
    holidays: HolidaySets = Field(default=[])


class CreateHours(ReplaceHours):
    name: Annotated[
        str,
        StringConstraints(pattern=f"^{model.HOURS_NAME.pattern}$"),
        Form("the name of hours has 1 to 64 letters, digits, underscores or hyphens"),
    ]


def _without_defaults(schema: dict[str, Any]) -> None:
    for each in schema["properties"].values():
        each.pop("default", None)


class PatchHours(Request):
    """A change; absent fields stay, `week`, `overrides` and `holidays` are replaced as a whole."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_without_defaults)

    zone: Zone = ""
    week: WeekBody = Field(default_factory=WeekBody)
    overrides: Overrides = Field(default=[])
    holidays: HolidaySets = Field(default=[])


class CloseHours(Request):
    until: Moment | None = Field(default=None, description="null: until further notice")
    label: Label | None = None


class HoursQuery(Query):
    at: Annotated[
        str | None, Field(max_length=40, description=f"the moment of `state`; absent: now; {_AT_RULE}")
    ] = None


class DeleteHoursQuery(Query):
    force: Annotated[
        bool, Field(description="true: even if menus ask them; their switches then take their default")
    ] = False


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """A time with its offset, or without one in the zone. Raises ApiError."""
    try:
        moment = datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None or not LEAST_YEAR <= moment.year <= MOST_YEAR:
        raise fault("/query/at", "invalid_time", _AT_RULE)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


class OverrideSchema(Answered):
    date: str
    last_date: str
    open: list[str]
    label: str | None
    holiday: bool


class HolidaySetSchema(Answered):
    country: str
    subdivision: str | None
    observed: bool
    skip: list[str]


class HolidayDateSchema(Answered):
    date: str
    name: str


class ClosureSchema(Answered):
    since: Time
    until: Time | None
    label: str | None


class WeekSchema(Answered):
    mon: list[str]
    tue: list[str]
    wed: list[str]
    thu: list[str]
    fri: list[str]
    sat: list[str]
    sun: list[str]


class HoursChangeSchema(Answered):
    at: Time
    value: Word


class HoursStateSchema(Answered):
    at: Time
    value: Word = Field(description="what a menu that asks for these hours is told")
    reason: Reason
    label: str | None = Field(description="of the override, the holiday or the closure")
    next_change: HoursChangeSchema | None = Field(description="null: none within 400 days")
    opens_at: Time | None = Field(description="the next opening; null: it is open, or does not open in 400 days")


class HoursSchema(Answered):
    name: str
    zone: str
    week: WeekSchema
    overrides: list[OverrideSchema]
    holidays: list[HolidaySetSchema]
    holiday_dates: list[HolidayDateSchema] = Field(description="of last year, this one and the next two")
    closure: ClosureSchema | None = Field(description="closed by hand")
    state: HoursStateSchema
    created_at: Time
    updated_at: Time


class HoursPageSchema(Answered):
    items: list[HoursSchema]
    next_cursor: str | None
