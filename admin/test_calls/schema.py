"""What test calls and tests of menus take and give, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from admin.http.answers import Answered, CallRecord, Time
from admin.http.models import NodeId, Query, Request, StrictQuery
from admin.menus.node_schema import CREATE_MENU
from ivr.domain.call_records import Outcome
from ivr.domain.menu.document import MAX_NAME
from ivr.domain.menu.published import IVR_ID
from ivr.domain.menu_tests import SCRIPT_PATTERN
from ivr.domain.tickets import AgentBehaviour

TEST_CALL_PATTERN = "^test_[0-9a-f]{32}$"
MENU_TEST_PATTERN = "^test_[0-9a-f]{16}$"
SOUND_PATTERN = r"^([0-9a-f]{32}|system-[a-z0-9_-]{1,32})\.wav$"
ANI_PATTERN = r"^(\+[1-9][0-9]{6,14}|anonymous)$"

Draft = Annotated[
    dict[str, Any], WithJsonSchema({**CREATE_MENU, "description": "a whole menu that need not be saved"})
]
Agent = Annotated[
    AgentBehaviour,
    Field(description="what the agent does whom the call reaches: none of the real ones is dialled"),
]
Script = Annotated[
    str,
    StringConstraints(pattern=f"^{SCRIPT_PATTERN}$", max_length=1000),
    Field(
        description="one step a question, separated by commas: keys, `-` for silence, `h` to hang up; then silence",
        examples=["1,1,1", "1,-,9", "1,h"],
    ),
]


class TestCallOrder(Request):
    """`ivr_id`, `draft`, or both: a draft has the prompts of the menu it is one of."""

    ivr_id: Annotated[str, StringConstraints(pattern=f"^{IVR_ID.pattern}$")] | None = None
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = Field(
        default=None, description="absent: the menu as its callers have it"
    )
    draft: Draft | None = None
    ani: Annotated[str, StringConstraints(pattern=ANI_PATTERN)] = Field(
        default="+14805551234",
        description="who calls. An opt-out from a saved menu is one: this number goes on the do-not-call list",
    )
    agent: Agent = "answers"
    script: Script | None = Field(default=None, description="keys that press themselves")

    @model_validator(mode="after")
    def _names_something(self) -> TestCallOrder:
        if self.ivr_id is None and self.draft is None:
            raise ValueError("either `ivr_id` or `draft` says what is called")
        if self.draft is not None and self.version is not None:
            raise ValueError("a draft has no `version`")
        return self


class Keys(Request):
    keys: Annotated[str, StringConstraints(pattern="^[0-9*#]{1,16}$")]


class EventsQuery(Query):
    after: Annotated[int, Field(ge=0, le=1_000_000, description="the number of the last event one has")] = 0
    seconds: Annotated[int, Field(ge=1, le=150, description="how long the stream stays open")] = 150


class SaveQuery(StrictQuery):
    require_tests: Annotated[
        bool, Field(description="true: the menu's tests run first, and when one fails nothing is changed (409)")
    ] = False


class ExpectedResult(Request):
    """At least one of them."""

    outcome: Literal[tuple(Outcome)] | None = None  # type: ignore[valid-type]
    node: NodeId | None = Field(default=None, description="the last node the call comes to")
    path: Annotated[list[NodeId], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="the nodes in their order, one entry a question asked"
    )

    @model_validator(mode="after")
    def _says_something(self) -> ExpectedResult:
        if self.outcome is None and self.node is None and self.path is None:
            raise ValueError("a test expects an `outcome`, a last `node` or a `path`")
        return self


class WrittenTest(Request):
    name: Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$",
                                           max_length=MAX_NAME)]  # fmt: skip
    script: Script
    expected: ExpectedResult
    agent: Agent = "answers"


class RunOrder(Request):
    draft: Draft | None = Field(default=None, description="absent: the menu as its callers have it")


class TestCall(Answered):
    id: str
    ivr_id: str | None = Field(description="null: a draft of no menu")
    version: int | None = Field(description="null: a draft")
    draft: bool
    did: str | None
    ani: str
    agent: str
    unspoken: list[str] = Field(description="nodes of a draft whose new words nobody could speak: keys are read out")
    over: bool
    node: str | None = Field(description="where the call is")
    events: str = Field(description="follow it here")
    record: CallRecord | None = Field(description="of a call that is over, as soon as it is there")


class MenuTest(Answered):
    id: str
    name: str
    script: str
    expected: dict[str, Any]
    agent: str
    created_at: Time
    updated_at: Time


class TestResult(Answered):
    id: str
    name: str
    script: str
    passed: bool
    faults: list[str] = Field(description="why it failed")
    outcome: str | None
    path: list[str]
    call_id: str | None


class TestRun(Answered):
    version: int | None = Field(description="null: a draft")
    ran_at: Time
    passed: int
    failed: int
    results: list[TestResult]


class MenuTestList(Answered):
    items: list[MenuTest]
    next_cursor: None
    run: TestRun | None = Field(description="the newest run, of whichever version")
