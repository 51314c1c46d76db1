"""Requests and answers of /time-zone, as pydantic models."""

from __future__ import annotations

from pydantic import Field

from admin.http.answers import Answered
from admin.http.models import Request, ZoneName


class PutTimeZone(Request):
    zone: ZoneName


class TimeZoneSchema(Answered):
    zone: str = Field(description="the time zone of days where a request has no `tz`; UTC before one was chosen")
    chosen: bool = Field(description="false: neither this endpoint nor DIGITREE_ZONE has said one")
