"""Models of the requests and answers about test calls."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from admin.calls.schema import CallRecordSchema
from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import NUMBER, Number, Query, Request
from admin.menus.node_schema import WRITTEN_MENU
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


def _draft(value: Any) -> Any:
    if value is not True and not isinstance(value, dict):
        raise ValueError("send a whole menu as a JSON object, or true for the menu's saved draft")
    return value


Draft = Annotated[
    Any,
    AfterValidator(_draft),
    WithJsonSchema(
        {
            "oneOf": [WRITTEN_MENU, {"type": "boolean", "enum": [True]}],
            "description": "a whole menu, which need not be saved; or `true`: the menu's saved draft with its sounds",
        }
    ),
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


def need_one_menu(ivr_id: str | None, version: int | None, draft: Any, done: str) -> None:
    """Raises ValueError unless these fields of a request say which menu is called, or whatever is `done` to it."""
    if ivr_id is None and draft is None:
        raise ValueError(f"give ivr_id or draft, or both, to say which menu is {done}")
    if ivr_id is None and draft is True:
        raise ValueError(f"give ivr_id, too, to say whose draft is {done}")
    if draft is not None and version is not None:
        raise ValueError("leave version out; a draft has none")


class TestCallOrder(Request):
    """`ivr_id`, `draft`, or both: a draft with an `ivr_id` has the prompts of that menu; `true` is its saved one."""

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
        need_one_menu(self.ivr_id, self.version, self.draft, "called")
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
