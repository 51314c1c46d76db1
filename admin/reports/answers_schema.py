"""Models of the requests and answers about what callers keyed."""

from __future__ import annotations

from typing import Any

from pydantic import Field, create_model

from admin.http.answers import Answered, Time
from admin.http.models import PageQuery
from admin.reports.schema import BETWEEN, Days

AnswerSpan: Any = create_model("AnswerSpan", __base__=Days, **BETWEEN)
AnswerQuery: Any = create_model("AnswerQuery", __base__=(Days, PageQuery), **BETWEEN)


class CallerAnswerSchema(Answered):
    call_id: str
    started_at: Time = Field(description="when the call began")
    caller: str | None = Field(description="null: withheld, or erased")
    version: int = Field(description="the version of the menu that the caller heard")
    node: str
    variable: str = Field(description="the variable that keeps it")
    answer: str = Field(description="what was keyed")


class AnswerPageSchema(Answered):
    items: list[CallerAnswerSchema]
    next_cursor: str | None


class AnswerCountSchema(Answered):
    answer: str
    calls: int


class QuestionCountsSchema(Answered):
    node: str
    variable: str
    answered: int = Field(description="calls with an answer to this question")
    answers: list[AnswerCountSchema] = Field(description="the most frequent ones, 20 at most")
    others: int = Field(description="calls with any other answer")


class AnswerCountsSchema(Answered):
    first_day: str
    last_day: str
    tz: str = Field(description="the time zone of the days")
    questions: list[QuestionCountsSchema]
