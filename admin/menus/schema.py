"""Models of the requests and answers of /ivr."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from admin.http.answers import Answered, FaultSchema, SortedPageSchema, Time
from admin.http.messages import Form
from admin.http.models import MAX_SEARCH, NUMBER_PATH, SORT, Number, Query, Request, SortedQuery
from ivr.domain.menu.published import IVR_ID
from ivr.domain.menu.sequences import LANGUAGE, LANGUAGE_RULE
from ivr.domain.said.own_words import ENTRY_SCHEMA
from ivr.ports.menus import MenuSort

IVR_ID_PATTERN = f"^{IVR_ID.pattern}$"
IVR_ID_PATH: dict[str, Any] = {"ivr_id": {"type": "string", "pattern": IVR_ID_PATTERN}}
MENU_PATHS = {**IVR_ID_PATH, "did": NUMBER_PATH}
IVR_ID_FORM = Form("a menu's id looks like ivr_abc123")


class MenuQuery(SortedQuery):
    sort: Annotated[MenuSort | None, SORT] = None
    search: Annotated[
        str | None,
        Field(
            max_length=MAX_SEARCH,
            description="menus with these words in their name, in any order, or with this number or a part of it",
        ),
    ] = None


class StrictQuery(Query):
    strict: Annotated[bool, Field(description="true: a menu with warnings is refused (422)")] = False


class SaveQuery(StrictQuery):
    require_tests: Annotated[
        bool, Field(description="true: the menu's tests run first; if one fails, nothing is changed (409)")
    ] = False


class CheckQuery(Query):
    draft: Annotated[
        bool,
        Field(description="true: the body changes the menu's draft, with the draft's sounds; {} is the draft itself"),
    ] = False
    replace: Annotated[bool, Field(description="true: the body is a whole menu, as PUT takes it")] = False


class DeleteQuery(Query):
    force: Annotated[bool, Field(description="true: even if numbers are assigned to it")] = False


class Assign(Request):
    did: Number
    replace: Annotated[bool, Field(description="take the number from another menu")] = False
    language: Annotated[
        str | None,
        Field(
            pattern=f"^{LANGUAGE.pattern}$",
            description="the language of its callers, one of the menu's; null: none of their own. Absent: as it was",
        ),
        Form(LANGUAGE_RULE),
    ] = None


class PromptStateSchema(Answered):
    audio: str
    state: Literal["ready", "missing", "lost"] = Field(
        description="missing: not spoken or uploaded yet. lost: its file is gone from disk; speak or upload it again"
    )
    source: Literal["tts", "upload"] | None
    voice: str | None
    rate: float | None = Field(description="how fast it was spoken: 1 as the voice does by itself; null: an upload")
    text: str | None
    spoken_as: str | None = Field(description="the words that the voice said; null: an upload, or spoken long ago")
    outdated: bool = Field(
        description="true: words, rules or the rate were changed since; spoken again, it is said otherwise"
    )
    duration_seconds: float | None
    url: str | None = Field(description="where to listen to it")
    nodes: list[str] = Field(description="the nodes that play it")


class DraftHeadSchema(Answered):
    revision: int = Field(description="counts every write of the menu's drafts; the ETag of `/ivr/{ivr_id}/draft`")
    based_on: int = Field(description="the version of the menu that the draft changes")
    updated_at: Time
    actor: str = Field(description="who wrote it last: the id of the API key or user")


class MenuSummarySchema(Answered):
    id: str
    name: str
    status: Literal["draft", "live"]
    created_at: Time
    updated_at: Time
    version: int = Field(description="counts every write to the menu; also the ETag")
    dids: list[str]
    draft: DraftHeadSchema | None = Field(description="changes that callers do not hear yet; null: there are none")


class MenuSchema(MenuSummarySchema):
    start: str = Field(description="the first node of a call")
    answer: bool = Field(description="false: calls are answered at the first sound or question, not at once")
    languages: list[str] = Field(description="of its prompts, that of most callers first")
    max_menu_s: int = Field(description="how many seconds a call may be in the menu, talks with agents apart")
    rate: float | None = Field(description="how fast its texts are spoken; null: as the voices do by themselves")
    record_call: bool = Field(description="whether every call is recorded, from an announcement on")
    hung_up_node: str | None = Field(description="the first of the nodes that are done once a caller has hung up")
    words: dict[str, Any] = Field(
        description="spellings in its texts, and what is said for them",
        json_schema_extra={"additionalProperties": ENTRY_SCHEMA},
    )
    nodes: dict[str, Any] = Field(
        description="in the author's order",
        json_schema_extra={"additionalProperties": {"$ref": "#/components/schemas/Node"}},
    )
    prompts: list[PromptStateSchema]
    warnings: list[FaultSchema] = Field(description="what is unwise or unfinished; calls are taken nevertheless")


class MenuPageSchema(SortedPageSchema):
    items: list[MenuSummarySchema]


class AssignedSchema(MenuSchema):
    did: str = Field(description="the number just assigned")
