"""What /voices gives, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import Request
from tts.library.places import VOICE_NAME
from tts.library.remote_voices import LANGUAGE, PRICE, REGION, WORD

_WORD = Form("1 to 200 characters, without blanks")
_NAME = Form("a voice's name has 1 to 64 letters, digits, _ and -, and begins with a letter or digit")


class VoiceSchema(Answered):
    id: str
    label: str
    language: str
    model: str
    default: bool
    alias_of: str | None = Field(description="the voice that really speaks, if it is another one")
    engine: Literal["piper", "kokoro", "openai", "elevenlabs", "azure", "polly"]
    live: bool = Field(
        description="whether it also speaks words that come up during a call; of others, another voice does"
    )
    licence: str = Field(description="as the maker of the voice states it")
    licence_source: str = Field(description="the address where that is stated; empty if none is known")
    commerce: Literal["yes", "unclear", "no"] = Field(description="whether the licence allows commercial use")
    licence_note: str = Field(description="why that is not yes")


class VoiceListSchema(Answered):
    items: list[VoiceSchema]
    next_cursor: str | None


class AddVoice(Request):
    name: Annotated[str, Field(pattern=f"^{VOICE_NAME.pattern}$"), _NAME] = Field(description="as menus call it")
    engine: Literal["openai", "elevenlabs", "azure", "polly"] = Field(
        description="openai: also any server with its /v1/audio/speech, at `url`"
    )
    voice: Annotated[str, Field(pattern=f"^{WORD.pattern}$"), _WORD] = Field(
        description="what the engine calls the voice", examples=["alloy"]
    )
    language: Annotated[str, Field(pattern=f"^{LANGUAGE.pattern}$"), Form("write it as en-us, es or pt-br")] = "en-us"
    url: Annotated[str, Field(pattern=f"^{WORD.pattern}$"), _WORD] | None = Field(
        default=None, description="the engine's address, where it is not its maker's own; http only to a private one"
    )
    model: Annotated[str, Field(pattern=f"^{WORD.pattern}$"), _WORD] | None = Field(
        default=None, description="the engine's model; of polly its engine"
    )
    region: (
        Annotated[str, Field(pattern=f"^{REGION.pattern}$"), Form("write it as the console does: eastus")] | None
    ) = Field(default=None, description="where azure or polly is")
    key: Annotated[str, Field(pattern=f"^{WORD.pattern}$"), _WORD] | None = Field(
        default=None, description="the engine's key; of polly ACCESS_KEY_ID:SECRET_ACCESS_KEY. It is never shown"
    )
    fallback: Annotated[str, Field(pattern=f"^{VOICE_NAME.pattern}$"), _NAME] | None = Field(
        default=None, description="the voice that speaks when the engine does not; null: an error says so"
    )
    usd_per_second: Annotated[str, Field(pattern=f"^{PRICE.pattern}$"), Form("write it as 0.0003")] | None = Field(
        default=None, description="what a second of it costs you; null: the price of all speech"
    )
