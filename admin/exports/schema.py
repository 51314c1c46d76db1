"""Models of menus as documents of other systems."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import Query
from ivr.domain.net_ports import PORT

Target = Literal["studio", "swml"]

# File names are put behind it, so it has neither a query nor a fragment.
SOUNDS_PATTERN = (
    rf"^https?://[A-Za-z0-9][A-Za-z0-9.-]{{0,252}}(?::{PORT})?(?:/[A-Za-z0-9._~:/@!$&'()*+,;=%-]{{0,1800}})?$"
)


class ExportQuery(Query):
    target: Target = Field(
        alias="as", description="studio: a flow of Twilio Studio. swml: a document of SignalWire SWML"
    )
    version: Annotated[
        int | None, Field(ge=1, le=2**31 - 1, description="an earlier version; absent: the menu as it is")
    ] = None
    draft: Annotated[bool, Field(description="true: the menu's draft")] = False
    sounds: Annotated[
        str | None,
        StringConstraints(pattern=SOUNDS_PATTERN),
        Form("the address of the sounds is one of http or https, without a user, ? or #, such as https://example.com/sounds/"),
        Field(
            description="the address below which the sounds of the menu's bundle will lie, such as "
            "https://example.com/sounds/: they are played from there. Absent: texts are spoken by the target's voices"
        ),
    ] = None


class ExportLineSchema(Answered):
    part: str = Field(description="a node, or `menu`")
    kind: str
    fate: Literal["carried", "changed", "not_carried"]
    node: str | None = Field(description="the first widget or section that stands for it; null: none does")
    why: str = Field(description="what is different, or what stands in its place; empty: nothing")


class ExportCountsSchema(Answered):
    carried: int
    changed: int
    not_carried: int


class ExportedSchema(Answered):
    target: Target
    document: dict[str, Any] = Field(description="what the target takes; also at `/ivr/{ivr_id}/export/file`")
    report: list[ExportLineSchema]
    counts: ExportCountsSchema
