"""What versions and dry runs of a menu give, as pydantic models."""

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
    before: Any = Field(description="null where it was not")
    after: Any = Field(description="null where it is no more")


class NodeChangeSchema(Answered):
    node: str
    change: Literal["added", "removed", "changed"]
    fields: list[FieldChangeSchema] = Field(description="empty where only the order of the keys is another")


class PromptChangeSchema(Answered):
    audio: str
    change: Literal["added", "removed", "changed"]


class DiffSchema(Answered):
    menu: list[FieldChangeSchema] = Field(description="its name and start")
    nodes: list[NodeChangeSchema]
    reordered: bool = Field(description="nodes that both have follow each other differently")
    prompts: list[PromptChangeSchema]


class VersionSummarySchema(Answered):
    version: int
    created_at: Time
    actor: str = Field(description="who wrote it: the id of the key")
    current: bool = Field(description="true: what the next call has")
    diff: DiffSchema = Field(description="from the version before; of the first one, from nothing")


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
    explicit_start: bool = Field(description="false: it is the start because it is the first of the nodes")
    nodes: dict[str, Any] = Field(
        description="in the author's order",
        json_schema_extra={"additionalProperties": {"$ref": "#/components/schemas/Node"}},
    )
    prompts: list[VersionPromptSchema]


class CheckedChangeSchema(Answered):
    version: int = Field(description="what the menu is at now: the change is compared with it")
    diff: DiffSchema
    warnings: list[FaultSchema]
    dids: list[str] = Field(description="the numbers whose callers would hear the change")
    calls_under_way: int = Field(description="they keep the version they began with")
