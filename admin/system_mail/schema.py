"""Models of the requests and answers of /system-mail."""

from __future__ import annotations

from pydantic import Field

from admin.http.answers import Answered
from admin.http.models import Request


class SystemMailSchema(Answered):
    channel: str | None = Field(description="the mail channel by which mail of Digitree itself goes; null: none")


class PutSystemMail(Request):
    channel: str | None = Field(
        max_length=64, description="the name of a mail channel; null: mail of Digitree itself is not sent"
    )
