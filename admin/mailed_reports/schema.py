"""Models of the requests and answers of /mailed-reports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Request
from ivr.domain.reports.mailed import MAX_ADDRESSES, Every

MAILED_REPORT_PATHS: dict[str, Any] = {"report_id": {"type": "string", "pattern": "^report_[0-9a-z]{1,64}$"}}
_HOUR = "of the day after the period, in the installation's zone"
_USERS = "ids of users, who get it at their confirmed mail address"

Addresses = Annotated[list[Annotated[str, Field(min_length=3, max_length=320)]], Field(max_length=MAX_ADDRESSES)]
_USER_FORM = Form("the id of a user, such as user_7f3a")
UserIds = Annotated[
    list[Annotated[str, Field(pattern="^user_[0-9a-z]{1,64}$"), _USER_FORM]], Field(max_length=MAX_ADDRESSES)
]


class PutMailedReport(Request):
    every: Every = Field(description="what it reports on: the last day, the last week from Monday on, the last month")
    hour: int = Field(default=7, ge=0, le=23, description=_HOUR)
    addresses: Addresses = Field(default=[], description="mail addresses")
    users: UserIds = Field(default=[], description=_USERS)


class MailedReportSchema(Answered):
    id: str
    every: Every
    hour: int
    addresses: list[str]
    users: list[str]
    created_at: Time
    last_sent_at: Time | None


class MailedReportListSchema(Answered):
    items: list[MailedReportSchema]
    next_cursor: str | None


class SentReportSchema(Answered):
    mails: int = Field(description="the mails that are on their way; 0: no channel is chosen, or nobody gets it")
