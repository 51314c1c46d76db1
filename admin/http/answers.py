"""Models of the answers that all resources share, for the OpenAPI document.

Each resource has the models of its own answers in its `schema`. Answers are rendered from plain values by the `views`
of each resource; the tests check them against these models. The class names end in `Schema`, so that they differ from
the names of stored values; the OpenAPI document leaves the ending out.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ivr.ports.pages import MOST_COUNTED

_SUFFIX = "Schema"

Time = Annotated[str, Field(description="UTC, RFC 3339", examples=["2026-03-09T12:00:00.000Z"])]


def component_name(name: str) -> str:
    """The name of a model in the OpenAPI document: `MenuSchema` -> `Menu`."""
    return name.removesuffix(_SUFFIX)


class Answered(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(model_title_generator=lambda model: component_name(model.__name__))


class SortedPageSchema(Answered):
    """Base of the pages of lists that can be sorted."""

    next_cursor: str | None
    previous_cursor: str | None = Field(description="null: this is the first page")
    total: int | None = Field(
        description=f"how many there are on all pages; {MOST_COUNTED}: so many or more; null unless the query has "
        "`total`"
    )


class SignedHeadSchema(Answered):
    """The head of a chain, signed with Ed25519 over the canonical JSON (RFC 8785) of `at`, `chain`, `format` (1),
    `hash` and `seq`."""

    chain: str = Field(description="dnc/LIST, or audit for the audit log")
    seq: int = Field(description="the chain's last event then")
    hash: str = Field(description="of that event")
    at: Time
    key: str = Field(description="the public key, base64")
    signature: str = Field(description="base64")


class FaultSchema(Answered):
    pointer: str = Field(description="JSON pointer into the body, or /query/..., /path/...")
    code: str
    message: str
    node: str | None = Field(description="the menu's node that the fault is in; null: in none")


class ProblemSchema(Answered):
    """RFC 9457, with a stable `code` and one entry per fault."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FaultSchema]
