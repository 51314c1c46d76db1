"""Models of the requests and answers about tests of menus."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import NodeId, Request
from admin.menu_tests.given_schema import MAX_NAMES, NAME_RULE, GivenWorld, Name, Who, Written
from admin.menus.schema import IVR_ID_PATH
from admin.test_calls.schema import Behaviour, Draft, Script
from ivr.domain.call_records import Outcome
from ivr.domain.channels.names import REFERENCE
from ivr.domain.menu.document import MAX_NAME
from ivr.domain.menu.listings import GIVEN_RULE, is_given
from ivr.domain.menu.send_digits import KEYS_SENT
from ivr.domain.menu.send_fields import MAX_ATTACHED
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE
from ivr.domain.number_lists import LIST_NAME
from ivr.domain.plain_names import TURNING, UNSEEN

MENU_TEST_PATTERN = "^test_[0-9a-f]{16}$"
MENU_TEST_PATHS: dict[str, Any] = {**IVR_ID_PATH, "menu_test_id": {"type": "string", "pattern": MENU_TEST_PATTERN}}


class ExpectedWords(Request):
    """Words that are heard, at any node or at this one."""

    text: Annotated[str, StringConstraints(max_length=1000)] = ""
    node: NodeId | None = None

    @model_validator(mode="after")
    def _says_something(self) -> ExpectedWords:
        if not self.text and self.node is None:
            raise ValueError("give the text that is heard, or the node at which something is heard, or both")
        return self


class ExpectedMessage(Request):
    """What a service is sent."""

    service: Name
    sent: Annotated[dict[str, Written], Field(max_length=MAX_NAMES)] = Field(
        default={}, description="values that are among those sent; those of secret variables are `(secret)`"
    )


class ExpectedSent(Request):
    """A message by a channel."""

    by: Annotated[
        str,
        StringConstraints(pattern=f"^{REFERENCE.pattern}$"),
        Form("a channel is named after its kind, as in mail:office, sms:sms or chat:sales"),
    ]
    to: Annotated[str, StringConstraints(min_length=1, max_length=254)] | None = Field(
        default=None, description="the number in E.164, or the address that the menu names"
    )
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None, description="what is in its text, with the values of its variables; those of secrets are `•••`"
    )
    attach: Annotated[int, Field(strict=True, ge=0, le=MAX_ATTACHED)] | None = Field(
        default=None, description="how many recordings go along"
    )


Keys = Annotated[
    str, StringConstraints(pattern=f"^{KEYS_SENT.pattern}$"), Form("give the keys as the node has them, such as ww9")
]

_Messages = Annotated[list[ExpectedMessage], Field(max_length=100)]


class ExpectedRecording(Request):
    """A sound that the caller leaves, at any node or at this one."""

    node: NodeId | None = None
    seconds: Annotated[int, Field(strict=True, ge=0, le=3600)] | None = Field(
        default=None, description="how long they speak; absent: any length"
    )


class ExpectedDialled(Request):
    """Somebody who is rung."""

    to: Who
    caller_id: Who | None = Field(default=None, description="the number that they see")
    whisper: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="a part of what they hear before the caller is connected"
    )


def _lists(given: dict[str, bool | str]) -> dict[str, bool | str]:
    for name, wanted in given.items():
        if not LIST_NAME.fullmatch(name):
            raise ValueError(f"{name[:80]}: {NAME_RULE}")
        if not is_given(wanted):
            raise ValueError(f"{name}: {GIVEN_RULE}")
    return given


class ExpectedResult(Request):
    """The expected result of a test; at least one field is needed."""

    outcome: Literal[tuple(each.value for each in Outcome)] | None = None  # type: ignore[valid-type]
    node: NodeId | None = Field(default=None, description="the last node of the call")
    path: Annotated[list[NodeId], Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="the nodes in order, one entry per visit and one per further attempt at a question"
    )
    heard: Annotated[list[ExpectedWords], Field(max_length=100)] | None = Field(
        default=None,
        description="words that are heard in this order, with their variables filled in; capitals, stops and what is "
        "heard in between do not count. A node without a text is heard as the name of its audio. An empty list: "
        "nothing is heard",
    )
    requests: _Messages | None = Field(default=None, description="all requests to services, in order")
    notices: _Messages | None = Field(default=None, description="all notices to services, in order")
    sent: Annotated[list[ExpectedSent], Field(max_length=100)] | None = Field(
        default=None, description="all messages by channels, in order"
    )
    dialled: Annotated[list[ExpectedDialled], Field(max_length=100)] | None = Field(
        default=None, description="all who are rung, in order, with what they see and hear; an empty list: nobody"
    )
    rang: Annotated[list[Who], Field(max_length=100)] | None = Field(
        default=None,
        description="who is rung, in order, once for each address: agents (`default` is the default one), groups of "
        "people, numbers, SIP addresses",
    )
    opted_out: bool | None = Field(
        default=None, description="whether the caller's number is on the do-not-call list then"
    )

    lists: Annotated[dict[str, bool | str], Field(max_length=MAX_NAMES), AfterValidator(_lists)] | None = Field(
        default=None,
        description="whether the caller's number is on these lists then (true or false), or the time for which the "
        "call puts it there, such as 30d",
    )
    digits_sent: Annotated[list[Keys], Field(max_length=100)] | None = Field(
        default=None, description="the keys of each node that sends some, in order"
    )

    language: Annotated[str, StringConstraints(pattern=f"^{LANGUAGE.pattern}$"), Form(LANGUAGE_RULE)] | None = Field(
        default=None, description="the language that the caller has come to, as in the call record"
    )

    recordings: Annotated[list[ExpectedRecording], Field(max_length=100)] | None = Field(
        default=None, description="all sounds that the caller leaves, in order; an empty list: none"
    )

    @model_validator(mode="after")
    def _says_something(self) -> ExpectedResult:
        if all(value is None for _, value in self):
            raise ValueError(f"a test expects something; give at least one of {', '.join(type(self).model_fields)}")
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
    given: GivenWorld = Field(default=GivenWorld(), description="what holds outside")


class RunOrder(Request):
    draft: Draft | None = Field(default=None, description="absent: the saved menu")
    given: GivenWorld = Field(
        default=GivenWorld(),
        description="what holds outside in tests that do not say it themselves; the results of a run on a saved menu "
        "with anything of it are not kept",
    )


class MenuTestSchema(Answered):
    id: str
    name: str
    script: str
    expected: ExpectedResult
    agent: str
    given: GivenWorld = Field(description="what holds outside")
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
