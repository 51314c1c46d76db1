"""Requests and answers of /lists, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import NUMBER_PATH, PLAIN_NAME, PLAIN_NAME_FORM, Moment, Number, Query, Request
from ivr.domain import number_lists

MAX_AT_ONCE = 10_000

LIST_PATHS: dict[str, Any] = {
    "list_name": {"type": "string", "pattern": f"^{number_lists.LIST_NAME.pattern}$"},
    "number": NUMBER_PATH,
}

Note = Annotated[
    str,
    StringConstraints(min_length=1, max_length=number_lists.MAX_NOTE, pattern=PLAIN_NAME),
    PLAIN_NAME_FORM,
    Field(description="for people"),
]
Days = Annotated[
    int,
    Field(ge=1, le=number_lists.LONGEST_DAYS, description="instead of expires_at: for so many days from now"),
]


class CreateNumberList(Request):
    name: Annotated[
        str,
        StringConstraints(pattern=f"^{number_lists.LIST_NAME.pattern}$"),
        Form("the name of a list has 1 to 64 letters, digits, underscores or hyphens"),
    ]


class DeleteNumberListQuery(Query):
    force: Annotated[bool, Field(description="true: even if numbers are on it")] = False


class PutListedNumber(Request):
    expires_at: Moment | None = Field(default=None, description="null: it stays on the list")
    days: Days | None = None
    note: Note | None = None


class AddListedNumbers(PutListedNumber):
    numbers: Annotated[list[Number], Field(min_length=1, max_length=MAX_AT_ONCE)]


class ImportListedQuery(Query):
    expires_at: Annotated[
        Moment | None, Field(description="the end of those that the file has no `expires_at` of; absent: none")
    ] = None
    days: Days | None = None
    column: Annotated[
        list[Annotated[str, StringConstraints(min_length=1, max_length=200)]],
        Field(
            default_factory=list,
            max_length=100,
            description="the heading of a column of numbers, or its place from 1; without it all are read",
        ),
    ]
    sheet: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=200)] | None,
        Field(description="the name of a workbook's sheet, or its place from 1"),
    ] = None
    dry_run: Annotated[bool, Field(description="true: only report what would be done")] = False


class NumberListSchema(Answered):
    name: str
    numbers_count: int = Field(description="that are on it now")
    created_at: Time


class NumberListPageSchema(Answered):
    items: list[NumberListSchema]
    next_cursor: str | None


class ListedNumberSchema(Answered):
    number: str
    expires_at: Time | None = Field(description="null: it stays on the list")
    expired: bool = Field(description="true: it is on the list no longer, and goes within a week")
    note: str | None
    added_at: Time


class ListedNumberPageSchema(Answered):
    items: list[ListedNumberSchema]
    next_cursor: str | None


class UnderstoodListNumberSchema(Answered):
    given: str
    number: str


class NumbersListedSchema(Answered):
    added: int = Field(description="numbers that came onto the list")
    changed: int = Field(description="numbers that were on it and have another end or note now")
    understood: list[UnderstoodListNumberSchema] = Field(description="numbers that were written in another form")


class BadListLineSchema(Answered):
    line: int
    number: str = Field(description="as written")
    reason: str


class ListImportedSchema(Answered):
    numbers_count: int = Field(description="numbers that were read")
    added: int
    changed: int
    dry_run: bool
    bad_count: int
    bad: list[BadListLineSchema] = Field(description="the first 1,000")
