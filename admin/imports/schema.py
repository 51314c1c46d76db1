"""Models of what is answered of menus that were brought in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from admin.bundles.schema import MissingSchema
from admin.http.answers import Answered, FaultSchema, Time
from admin.menus.schema import StrictQuery
from ivr.domain.imports.report import Fate
from ivr.domain.imports.sources import SOURCES
from ivr.domain.menu.fields import AUDIO_NAME

_SOURCE = Field(description="which system it comes from", examples=list(SOURCES))


class ImportQuery(StrictQuery):
    dry_run: Annotated[bool, Field(description="true: say what would become of it, and make nothing")] = False
    name: Annotated[
        str,
        StringConstraints(max_length=200),
        Field(description="what to call the menu; absent or empty: as the source does"),
    ] = ""


class ImportLineSchema(Answered):
    part: str = Field(description="its name in the source")
    kind: str = Field(description="what it is there")
    fate: Fate = Field(
        description="carried: it means the same here. changed: nearly so. not_carried: it has no counterpart here"
    )
    node: str | None = Field(description="the node it has become, or that stands in its place")
    why: str = Field(description="what is different; empty: nothing")


class ImportCountsSchema(Answered):
    carried: int
    changed: int
    not_carried: int


class WantedSoundSchema(Answered):
    audio: str = Field(description="the name under which it is uploaded", pattern=f"^{AUDIO_NAME.pattern}$")
    source: str = Field(description="its address or its name in the source")


class WantedServiceSchema(Answered):
    name: str
    url: str
    method: str


class ImportReportSchema(Answered):
    source: str = _SOURCE
    report: list[ImportLineSchema] = Field(
        description="what became of each part; of more than 2,000 those that are different here"
    )
    counts: ImportCountsSchema = Field(description="how many parts came to what")
    sounds: list[WantedSoundSchema] = Field(description="recordings that the menu plays and that are to be uploaded")
    services: list[WantedServiceSchema] = Field(description="services that the menu asks and that are to be made")


class ImportedSoundSchema(WantedSoundSchema):
    in_file: bool = Field(description="whether it came with the menu, and needs no upload")
    message: str | None = Field(description="why it could not be read out of the file, and is to be uploaded")


class ImportedMenuSchema(ImportReportSchema):
    sounds: list[ImportedSoundSchema] = Field(description="recordings that the menu plays")  # type: ignore[assignment]
    id: str | None = Field(description="of the new menu; null: nothing was made")
    menu: dict[str, object] = Field(description="the menu, as POST /ivr takes it")
    warnings: list[FaultSchema] = Field(description="what saving this menu warns of")


class BroughtSoundSchema(WantedSoundSchema):
    fetchable: bool = Field(description="whether POST /ivr/{ivr_id}/import/sounds can fetch it")
    is_here: bool = Field(description="whether the menu has it by now")


class BroughtMenuSchema(ImportReportSchema):
    made_at: Time
    sounds: list[BroughtSoundSchema] = Field(description="recordings that the menu plays")  # type: ignore[assignment]
    needs: MissingSchema = Field(description="names that the menu needs beside itself")
    missing: MissingSchema = Field(description="those of them that this installation does not have")
    texts_due: int = Field(description="how many texts are to be spoken; POST /ivr/{ivr_id}/speech speaks them all")


class FetchedSoundSchema(Answered):
    audio: str
    source: str
    state: Literal["waiting", "fetching", "fetched", "failed"]
    message: str | None = Field(description="why it failed")
    duration_seconds: float | None


class SoundsJobSchema(Answered):
    ivr_id: str
    state: Literal["running", "ended", "interrupted"] = Field(
        description="interrupted: the server was stopped; another POST fetches what is missing"
    )
    total: int
    fetched: int
    failed: int
    left: int
    started_at: Time
    ended_at: Time | None
    sounds: list[FetchedSoundSchema]
