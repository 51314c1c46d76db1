"""Models of the answers about versions and dry runs of a menu."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from admin.http.answers import Answered, FaultSchema, Time
from admin.menus.schema import IVR_ID_PATH

VERSION_PATTERN = r"^[1-9][0-9]{0,8}$"
_VERSION: dict[str, Any] = {"type": "string", "pattern": VERSION_PATTERN, "description": "counts from 1"}
VERSION_PATHS: dict[str, Any] = {**IVR_ID_PATH, "version": _VERSION, "other": _VERSION}


class FieldChangeSchema(Answered):
    pointer: str = Field(description="JSON pointer into the menu, such as /nodes/welcome/gather/1")
    change: Literal["added", "removed", "changed"]
    before: Any = Field(description="null: the field was absent")
    after: Any = Field(description="null: the field is gone")


class NodeChangeSchema(Answered):
    node: str
    change: Literal["added", "removed", "changed"]
    fields: list[FieldChangeSchema] = Field(description="empty: only the order of the keys changed")


class PromptChangeSchema(Answered):
    audio: str
    change: Literal["added", "removed", "changed"]


class DiffSchema(Answered):
    menu: list[FieldChangeSchema] = Field(description="its name and start")
    nodes: list[NodeChangeSchema]
    reordered: bool = Field(description="true: the order of the nodes in both changed")
    prompts: list[PromptChangeSchema]


class VersionSummarySchema(Answered):
    version: int
    created_at: Time
    actor: str = Field(description="who wrote it: the id of the API key or user")
    current: bool = Field(description="true: the next call gets this version")
    summary: str = Field(
        description="what it changed, in short: `renamed to Roofing line; key 3 of main added; closed reworded`"
    )
    diff: DiffSchema = Field(description="the differences from the version before; for the first, from an empty menu")


class VersionPageSchema(Answered):
    items: list[VersionSummarySchema]
    next_cursor: str | None


class VersionPromptSchema(Answered):
    audio: str
    duration_seconds: float


class VersionSchema(Answered):
    ivr_id: str
    version: int
    created_at: Time
    actor: str
    current: bool
    name: str
    start: str = Field(description="the first node of a call")
    explicit_start: bool = Field(description="false: calls start there because it is the first node")
    answer: bool = Field(description="false: calls are answered at the first sound or question, not at once")
    languages: list[str] = Field(default=[], description="of its prompts, that of most callers first")
    max_menu_s: int = Field(description="how many seconds a call may be in the menu, talks with agents apart")
    rate: float | None = Field(default=None, description="how fast its texts are spoken; null: as the voices do")
    record_call: bool = Field(default=False, description="whether every call is recorded, from an announcement on")
    hung_up_node: str | None = Field(
        default=None, description="the first of the nodes that are done once a caller has hung up"
    )
    nodes: dict[str, Any] = Field(
        description="in the author's order",
        json_schema_extra={"additionalProperties": {"$ref": "#/components/schemas/Node"}},
    )
    prompts: list[VersionPromptSchema]


class SaidTextSchema(Answered):
    pointer: str = Field(description="JSON pointer to the text")
    spoken_as: str | None = Field(description="null: the text is refused when it is spoken; a warning says why")


class CheckedChangeSchema(Answered):
    version: int = Field(description="the menu's current version, with which the change is compared")
    summary: str = Field(description="what it would change, in short; empty: nothing")
    diff: DiffSchema
    warnings: list[FaultSchema]
    said: list[SaidTextSchema] = Field(description="what a voice will say for each text")
    dids: list[str] = Field(description="the numbers whose callers would hear the change")
    calls_under_way: int = Field(description="calls under way, which keep the version they began with")
