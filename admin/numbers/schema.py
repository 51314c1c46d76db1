"""What /dids gives, as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from admin.http.answers import Answered, SortedPageSchema, Time
from admin.http.models import MAX_SEARCH, SORT, SortedQuery
from ivr.ports.menus import DidSort


class DidQuery(SortedQuery):
    sort: Annotated[DidSort | None, SORT] = None
    search: Annotated[
        str | None,
        Field(
            max_length=MAX_SEARCH,
            description="numbers with these digits, or of menus with these words in their names",
        ),
    ] = None


class DidSchema(Answered):
    did: str
    ivr_id: str
    name: str = Field(description="the menu's name")
    assigned_at: Time
    language: str | None = Field(default=None, description="that of its callers; null: none of their own")
    languages: list[str] = Field(default=[], description="the menu's")


class DidPageSchema(SortedPageSchema):
    items: list[DidSchema]
