"""Models of the requests and answers about test calls."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from admin.calls.schema import CallRecordSchema
from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import NUMBER, Number, Query, Request
from admin.menus.node_schema import CREATE_MENU
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN
from ivr.domain.menu.sequences import LANGUAGE
from ivr.domain.menu_tests import SCRIPT_PATTERN
from ivr.domain.tickets import AgentBehaviour

TEST_CALL_PATTERN = "^test_[0-9a-f]{32}$"
SOUND_PATTERN = r"^([0-9a-f]{32}|system-[a-z0-9_-]{1,32})\.wav$"
WITHHELD = "anonymous"
TEST_CALL_PATHS: dict[str, Any] = {
    "test_call_id": {"type": "string", "pattern": TEST_CALL_PATTERN},
    "sound": {"type": "string", "pattern": SOUND_PATTERN},
}

Draft = Annotated[
    dict[str, Any], WithJsonSchema({**CREATE_MENU, "description": "a whole menu, which need not be saved"})
]
Behaviour = Annotated[
    AgentBehaviour,
    Field(description="how the simulated agent behaves; real agents are not dialled"),
]
Script = Annotated[
    str,
    StringConstraints(pattern=f"^{SCRIPT_PATTERN}$", max_length=1000),
    Field(
        description="one step per question or recording, separated by commas: keys, `-` for silence, `h` to hang up, "
        "`s8` to speak for 8 seconds into a recording; silence after the last step",
        examples=["1,1,1", "1,-,9", "1,h", "2,s8#,1"],
    ),
    Form("a script has steps separated by commas, such as 1,-,9 or 1,h: keys, a hyphen for silence, h to hang up, "
        "s8 to speak for 8 seconds"),
]


class TestCallOrder(Request):
    """`ivr_id`, `draft`, or both: a draft with an `ivr_id` has the prompts of that menu."""

    ivr_id: Annotated[str, StringConstraints(pattern=IVR_ID_PATTERN), IVR_ID_FORM] | None = None
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = Field(
        default=None, description="absent: the saved menu"
    )
    draft: Draft | None = None
    ani: Number = Field(
        default="+14805551234",
        description=f"{NUMBER}; or {WITHHELD}. An opt-out on a saved menu puts it on the do-not-call list",
    )
    agent: Behaviour = "answers"
    script: Script | None = Field(default=None, description="keys to press automatically")
    language: Annotated[
        str,
        StringConstraints(pattern=f"^{LANGUAGE.pattern}$"),
        Form("name a language by its code, such as en, es or pt-BR"),
    ] | None = Field(
        default=None,
        description="the variable `language` when the call begins, in a menu with `languages`; absent: it is not "
        "set, and callers hear the first, or the language of the menu's number",
    )

    @model_validator(mode="after")
    def _names_something(self) -> TestCallOrder:
        if self.ivr_id is None and self.draft is None:
            raise ValueError("give ivr_id or draft, or both, to say which menu is called")
        if self.draft is not None and self.version is not None:
            raise ValueError("leave version out; a draft has none")
        return self


class Keys(Request):
    keys: Annotated[
        str,
        StringConstraints(pattern="^[0-9*#]{1,16}$"),
        Form("give 1 to 16 keys: digits, * or #"),
    ]


class EventsQuery(Query):
    after: Annotated[int, Field(ge=0, le=1_000_000, description="the number of the last event received")] = 0
    seconds: Annotated[int, Field(ge=1, le=150, description="how long the stream stays open")] = 150


class TestCallSchema(Answered):
    id: str
    ivr_id: str | None = Field(description="null: a draft without a menu")
    version: int | None = Field(description="null: a draft")
    draft: bool
    did: str | None
    ani: str
    agent: str
    unspoken: list[str] = Field(
        description="nodes of a draft whose new text could not be spoken; they read out their keys"
    )
    over: bool
    node: str | None = Field(description="the call's current node")
    events: str = Field(description="where to follow its events")
    record: CallRecordSchema | None = Field(description="the call record, some moments after the end of the call")
