"""Models of the requests and answers of reports."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import Query, ZoneName
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE
from ivr.domain.reports.days import day_of
from ivr.domain.time_zones import UTC_NAME, find_zone

DEFAULT_DAYS = 30
# No zone is farther from UTC.
_MARGIN = timedelta(days=1)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


_UTC = ZoneInfo(UTC_NAME)


def _day(text: object) -> object:
    """A day, or the moment of a time: it belongs to a day of the zone, which only the request knows."""
    if isinstance(text, str) and _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if isinstance(text, str) and _TIME.fullmatch(text):
        moment = datetime.fromisoformat(text)
        try:
            for near in (-_MARGIN, _MARGIN):
                day_of(moment + near, _UTC)
        except OverflowError:
            raise ValueError("there is no such day") from None
        return moment
    raise ValueError("write a day as 2026-03-09 or a time as 2026-03-09T12:00:00Z")


Day = Annotated[date | datetime, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class Days(Query):
    """Base of the queries. `from` is reserved in Python, so the fields are added below."""

    def zone(self, installation: ZoneInfo) -> ZoneInfo:
        """The zone of the days: `tz`, else the installation's."""
        name: str | None = getattr(self, "tz", None)
        return (find_zone(name) if name else None) or installation

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """First and last day in this zone, both included; by default the last 30 days."""
        last = _day_in(getattr(self, "to", None), zone, until=True) or day_of(datetime.now(UTC), zone)
        first = _day_in(getattr(self, "from", None), zone)
        if first is None:
            first = last - timedelta(days=min(DEFAULT_DAYS - 1, (last - date.min).days))
        return first, last


def _day_in(given: date | datetime | None, zone: ZoneInfo, *, until: bool = False) -> date | None:
    if not isinstance(given, datetime):
        return given
    return day_of(given - timedelta(microseconds=1) if until else given, zone)


_TZ = Annotated[
    ZoneName | None,
    Field(description="the time zone of the days, by its IANA name; by default the installation's (GET /time-zone)"),
]
BETWEEN: dict[str, Any] = {
    "from": (Day | None, Field(default=None, description="first day, included; by default 30 days back")),
    "to": (Day | None, Field(default=None, description="last day, included; by default today")),
    "tz": (_TZ, None),
}
_IVR_ID = Annotated[str | None, Field(pattern=IVR_ID_PATTERN, description="only this menu"), IVR_ID_FORM]

_VERSION = Annotated[int | None, Field(ge=1, le=2**31 - 1, description="only this version")]
_GROUPS = tuple(",".join(names) for count in (1, 2, 3) for names in permutations(("day", "ivr", "did"), count))
_GROUP: Any = Annotated[Literal[_GROUPS], Field(description="one line per day, ivr, did, or combination: `day,ivr`")]
_LANGUAGE = Annotated[
    str | None,
    Field(pattern=f"^{LANGUAGE.pattern}$", description="only calls whose callers came to this language"),
    Form(LANGUAGE_RULE),
]
_OF_FUNNEL: dict[str, Any] = {**BETWEEN, "version": (_VERSION, None), "language": (_LANGUAGE, None)}
_OF_USAGE: dict[str, Any] = {**BETWEEN, "group": (_GROUP, "day"), "ivr_id": (_IVR_ID, None)}

_WITHIN = Annotated[int, Field(ge=1, le=7200, description="seconds within which a call counts as answered in time")]
_OF_LINE: dict[str, Any] = {**BETWEEN, "within_s": (_WITHIN, 20)}

LineReportQuery: Any = create_model("LineReportQuery", __base__=Days, **_OF_LINE)
FunnelQuery: Any = create_model("FunnelQuery", __base__=Days, **_OF_FUNNEL)
UsageQuery: Any = create_model("UsageQuery", __base__=Days, **_OF_USAGE)


class KeyCountSchema(Answered):
    key: str
    count: int


class OnwardSchema(Answered):
    node: str | None = Field(description="the node that callers went to")
    outcome: str | None = Field(description="or how their call ended here")
    count: int


class FunnelNodeSchema(Answered):
    node: str
    entered: int = Field(description="visits; a caller who comes back counts again")
    calls: int = Field(description="calls that reached this node")
    keys: list[KeyCountSchema] = Field(description="keys that led on")
    no_input: int
    no_match: int = Field(description="keys that were not offered")
    hang_up: int = Field(description="callers who hung up at this question")
    median_seconds: float | None = Field(description="per visit, over all attempts; accurate to 2.5 %")
    p90_seconds: float | None
    onward: list[OnwardSchema]


class FunnelAnswerSchema(Answered):
    ivr_id: str
    first_day: date
    last_day: date
    tz: str = Field(description="the time zone of the days")
    version: int | None = Field(description="null: all versions together")
    versions: list[int] = Field(description="the versions that callers heard in this period")
    language: str | None = Field(default=None, description="null: all languages together")
    languages: list[str] = Field(default=[], description="the languages that callers came to in this period")
    calls: int
    nodes: list[FunnelNodeSchema] = Field(description="most entered first")


Usd = Annotated[str, Field(description="US dollars, to a hundredth of a cent", examples=["0.0240"])]


class UsageLineSchema(Answered):
    day: date | None = Field(description="null unless grouped by day")
    ivr_id: str | None
    did: str | None = Field(description="empty: the number dialled cannot exist, or the line is of speech")
    calls: int
    menu_minutes: Usd = Field(description="minutes, with four decimal places")
    ivr_usd: Usd
    agent_calls: int
    agent_minutes: Usd = Field(description="minutes of talk")
    agent_usd: Usd
    tts_seconds: Usd = Field(description="seconds of speech synthesised")
    tts_usd: Usd
    total_usd: Usd
    deflected_calls: int = Field(
        description="calls that ended in the menu, by the menu or the caller, without reaching an agent"
    )
    deflected_minutes: Usd = Field(description="their time in the menu")
    deflected_usd: Usd = Field(description="the cost of that time")
    saved_usd: Usd = Field(
        description="a cautious estimate: their time in the menu at the agent's rate, less its cost. Without a menu "
        "an agent would have needed at least as long for the same questions"
    )
    saved_at_average_talk_usd: Usd | None = Field(
        description="the saving if each had talked as long as callers with an agent did on average; null without "
        "such calls"
    )


class RatesSchema(Answered):
    ivr_usd_min: str
    agent_usd_min: str
    tts_usd_second: str


class SpeechLineSchema(Answered):
    engine: str | None = Field(description="as in GET /voices; null: of a release that did not keep it")
    voice: str | None = Field(description="as it was asked for")
    seconds: Usd = Field(description="seconds of speech that were charged")
    usd: Usd


class UsageAnswerSchema(Answered):
    first_day: date
    last_day: date
    tz: str = Field(description="the time zone of the days")
    group: list[Literal["day", "ivr", "did"]]
    items: list[UsageLineSchema]
    total: UsageLineSchema
    speech: list[SpeechLineSchema] = Field(description="what was spoken, by engine and voice, the dearest first")
    rates_now: RatesSchema = Field(description="the current rates; each line was charged at the rates of its time")
