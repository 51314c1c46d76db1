"""Models of the requests and answers about a menu's prompts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import NodeId, Query, Request
from admin.menus.node_schema import AUDIO_NAME
from admin.menus.schema import IVR_ID_PATH
from ivr.domain.menu.slots import TEXTS
from ivr.domain.said.rates import FASTEST_RATE, SLOWEST_RATE

PLACE_PATTERN = "^(?:" + "|".join(TEXTS) + ")(?:/[A-Za-z0-9-]{1,8}){0,3}$"
_PLACE = Form("write the field, then what leads to the prompt, as warnings do: audio/es, audio/0 or again_audio")
PROMPT_PATHS: dict[str, Any] = {**IVR_ID_PATH, "file": AUDIO_NAME}


SPOKEN_AS = (
    "the words that the voice says: numbers, amounts, times, dates, addresses and abbreviations written out, pauses "
    'as `<break time="500ms"/>`, variables as they are written'
)


class Speak(Request):
    node: NodeId
    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = Field(
        default=None, description="the words to speak; absent: those that the node has there"
    )
    voice: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="see GET /voices; absent: the node's, or the default voice, or one of the language"
    )
    at: Annotated[str, Field(max_length=64, pattern=PLACE_PATTERN), _PLACE] | None = Field(
        default=None,
        description="which prompt of a node that has several, as warnings point to it: `audio/es`, `audio/0`, "
        "`again_audio`; absent: its only `audio`",
    )
    rate: Annotated[float, Field(ge=SLOWEST_RATE, le=FASTEST_RATE)] | None = Field(
        default=None,
        description="how fast it is spoken, and the node's rate from now on: 1 is as the voice does by itself, 2 "
        "twice as fast; absent: the node's, or the menu's, or 1",
    )


class UploadQuery(Query):
    format: Annotated[
        str | None,
        Field(
            max_length=20,
            description="the format of raw samples, such as gsm, g722, ulaw, alaw, sln, sln16; not needed for files "
            "with a header",
        ),
    ] = None
    silence: Annotated[
        Literal["trim", "keep"],
        Field(description="keep: nothing is cut off, and a recording without any sound is accepted"),
    ] = "trim"


class SpokenWarningSchema(Answered):
    code: str = Field(description="text_template, text_emoji, text_script or text_language")
    message: str


class SpokenSchema(Answered):
    node: str
    audio: str
    voice: str
    rate: float
    text: str
    spoken_as: str = Field(description=SPOKEN_AS)
    warnings: list[SpokenWarningSchema] = Field(description="what is left out, or may not be said as it is meant")
    duration_seconds: float
    cost_usd: float = Field(
        description="$0.01 per second of audio; has at most four decimal places, so read it as a decimal"
    )
    url: str
    cached: bool = Field(description="true: this text had been synthesised in this voice before")
    audio_added: bool = Field(description="true: the node had no `audio`, which is now this file's name")
    nodes: list[str] = Field(description="all nodes that play this audio")
    version: int = Field(description="of the menu, with this prompt")
    instead_because: str | None = Field(
        description="why another voice spoke than the one asked for; null: it was that one"
    )


class TrimmedSchema(Answered):
    start: int
    end: int


class RecordingWarningSchema(Answered):
    code: str = Field(
        description="cut_short, damaged, antiphase, spike_lowered, very_quiet, much_trimmed or not_played"
    )
    message: str


class UploadedSchema(Answered):
    audio: str
    duration_seconds: float
    url: str
    nodes: list[str]
    version: int
    trimmed_ms: TrimmedSchema = Field(description="how much silence was cut off before and after the sound")
    warnings: list[RecordingWarningSchema] = Field(
        description="what is odd about the recording or its name, though it was taken"
    )


class SpeechTextSchema(Answered):
    node: str
    at: str = Field(description="which prompt of the node: `audio`, `audio/es`, `again_audio`")
    text: str
    state: Literal["waiting", "speaking", "spoken", "failed"]
    message: str | None = Field(description="why it failed, or why another voice spoke")
    duration_seconds: float | None
    cost_usd: float | None


class SpeechJobSchema(Answered):
    ivr_id: str
    state: Literal["running", "ended", "interrupted"] = Field(
        description="interrupted: the server was stopped, or the speech process was away; another POST goes on with "
        "what is left"
    )
    total: int
    spoken: int
    failed: int
    left: int
    cost_usd: float
    started_at: Time
    ended_at: Time | None
    texts: list[SpeechTextSchema] = Field(description="in the order of the menu")
