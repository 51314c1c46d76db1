"""What a menu's prompts take and give, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from admin.http.answers import Answered
from admin.http.models import NodeId, Request
from admin.menus.node_schema import AUDIO_NAME
from admin.menus.schema import IVR_ID_PATH

PROMPT_PATHS: dict[str, Any] = {**IVR_ID_PATH, "file": AUDIO_NAME}


class Speak(Request):
    node: NodeId
    text: Annotated[str, Field(min_length=1, max_length=20_000, description="what is said")]
    voice: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="see GET /voices; absent: the default voice"
    )


class SpokenSchema(Answered):
    node: str
    audio: str
    voice: str
    text: str
    duration_seconds: float
    cost_usd: float = Field(
        description="$0.01 a second of audio: a decimal with at most four places, to be read as such"
    )
    url: str
    cached: bool = Field(description="true: this very prompt had been spoken before")
    audio_added: bool = Field(description="true: the node had no `audio`, which is now this file's name")
    nodes: list[str] = Field(description="all nodes that play this audio")
    version: int = Field(description="of the menu, with this prompt")


class UploadedSchema(Answered):
    audio: str
    duration_seconds: float
    url: str
    nodes: list[str]
    version: int
