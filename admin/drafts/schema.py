"""Models of the requests and answers about drafts of menus."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admin.http.answers import Time
from admin.http.models import Query
from admin.menus.schema import MenuSchema, SaveQuery
from admin.prompts.schema import PROMPT_PATHS, SpokenSchema, UploadedSchema

DRAFT_PATHS: dict[str, Any] = PROMPT_PATHS
_REVISION = "counts every write of the menu's drafts, from 1; also the ETag"


class SaveDraftQuery(Query):
    based_on: Annotated[
        int | None,
        Field(
            ge=1,
            le=999_999_999,
            description="the version of the menu that the draft changes; absent: as it was, and for a new draft the "
            "menu's version now",
        ),
    ] = None


class PublishQuery(SaveQuery):
    speak: Annotated[
        bool, Field(description="true: texts that are not spoken yet, or otherwise, are spoken first")
    ] = False
    replace: Annotated[
        bool, Field(description="true: although the menu has changed since the version that the draft is based on")
    ] = False


class MenuDraftSchema(MenuSchema):
    revision: int = Field(description=_REVISION)
    based_on: int = Field(description="the version of the menu that it changes")
    behind: bool = Field(description="true: the menu has changed since that version")
    updated_at: Time = Field(description="when the draft was written last")
    actor: str = Field(description="who wrote it last: the id of the API key or user")
    sounds: list[str] = Field(description="the audio names of the draft's own sounds, which callers do not hear yet")


class DraftSpokenSchema(SpokenSchema):
    version: int = Field(description="of the menu; it does not change")
    revision: int = Field(description="of the draft, with this prompt")


class DraftUploadedSchema(UploadedSchema):
    version: int = Field(description="of the menu; it does not change")
    revision: int = Field(description="of the draft, with this recording")
