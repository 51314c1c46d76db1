"""Models of the requests and answers about tests of menus."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import LEAST_YEAR, MOST_YEAR, Moment, NodeId, Request
from admin.menus.schema import IVR_ID_PATH
from admin.test_calls.schema import Behaviour, Draft, Script
from ivr.domain.call_records import Outcome
from ivr.domain.menu.document import MAX_NAME
from ivr.domain.menu.switch import MOST_RANDOM
from ivr.domain.plain_names import TURNING, UNSEEN

MENU_TEST_PATTERN = "^test_[0-9a-f]{16}$"
MENU_TEST_PATHS: dict[str, Any] = {**IVR_ID_PATH, "menu_test_id": {"type": "string", "pattern": MENU_TEST_PATTERN}}


class ExpectedResult(Request):
    """The expected result of a test; at least one field is needed."""

    outcome: Literal[tuple(each.value for each in Outcome)] | None = None  # type: ignore[valid-type]
    node: NodeId | None = Field(default=None, description="the last node of the call")
    path: Annotated[list[NodeId], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="the nodes in order, one entry per question asked"
    )

    @model_validator(mode="after")
    def _says_something(self) -> ExpectedResult:
        if self.outcome is None and self.node is None and self.path is None:
            raise ValueError("a test expects an outcome, a last node or a path; give at least one of them")
        return self


class WrittenTest(Request):
    name: Annotated[
        str,
        StringConstraints(
            pattern=rf"^[^\s\x00-\x1f\x7f{TURNING}{UNSEEN}]"
            rf"(?:[^\x00-\x1f\x7f{TURNING}]*[^\s\x00-\x1f\x7f{TURNING}{UNSEEN}])?$",
            max_length=MAX_NAME,
        ),
        Form("a name has no control or invisible characters, and neither begins nor ends with a blank"),
    ]
    script: Script
    expected: ExpectedResult
    agent: Behaviour = "answers"


def _known_year(at: datetime) -> datetime:
    if not LEAST_YEAR <= at.year <= MOST_YEAR:
        raise ValueError(f"hours can be asked from {LEAST_YEAR} to {MOST_YEAR}")
    return at


class GivenWorld(Request):
    """What the tests take for granted."""

    random: Annotated[int, Field(strict=True, ge=1, le=MOST_RANDOM)] = Field(
        default=1, description="what a switch on random gets in each call"
    )
    at: Annotated[Moment, AfterValidator(_known_year)] | None = Field(
        default=None, description="when opening hours are asked; absent: now"
    )


class RunOrder(Request):
    draft: Draft | None = Field(default=None, description="absent: the saved menu")
    given: GivenWorld = Field(
        default=GivenWorld(), description="the results of a run on a saved menu with anything else are not kept"
    )


class MenuTestSchema(Answered):
    id: str
    name: str
    script: str
    expected: dict[str, Any]
    agent: str
    created_at: Time
    updated_at: Time


class TestResultSchema(Answered):
    id: str
    name: str
    script: str
    passed: bool
    faults: list[str] = Field(description="why it failed")
    outcome: str | None
    path: list[str]
    call_id: str | None


class TestRunSchema(Answered):
    version: int | None = Field(description="null: it ran on a draft")
    ran_at: Time
    passed: int
    failed: int
    results: list[TestResultSchema]


class MenuTestListSchema(Answered):
    items: list[MenuTestSchema]
    next_cursor: str | None
    run: TestRunSchema | None = Field(description="the newest run, of any version")
