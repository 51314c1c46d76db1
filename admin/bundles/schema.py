"""Models of bundles: what their texts say, and the answers about them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from admin.http.answers import Answered
from admin.http.messages import Form
from admin.http.models import Query, Request
from admin.menu_tests.schema import WrittenTest
from admin.menus.schema import IVR_ID_FORM, IVR_ID_PATTERN, MenuSchema
from ivr.domain.bundles.parts import MAX_SOUNDS
from ivr.domain.menu.fields import AUDIO_NAME
from ivr.domain.menu_tests import MAX_TESTS
from ivr.domain.said.rates import FASTEST_RATE, SLOWEST_RATE, USUAL_RATE
from tts.client.limits import MAX_TEXT_CHARACTERS

# What is said for a text is longer than the text, by numbers most of all.
MAX_SPOKEN_AS = 20 * MAX_TEXT_CHARACTERS
_Word = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class PromptInBundle(Request):
    """What is known of a prompt; `sound` is the SHA-256 of its content."""

    sound: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$"), Form("a sound is named by its SHA-256")]
    source: Literal["tts", "upload"]
    voice: _Word | None = None
    model: _Word | None = None
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT_CHARACTERS)] | None = None
    spoken_as: Annotated[str, StringConstraints(max_length=MAX_SPOKEN_AS)] | None = None
    language: _Word | None = None
    rate: Annotated[float, Field(ge=SLOWEST_RATE, le=FASTEST_RATE)] = USUAL_RATE


_AudioName = Annotated[
    str,
    StringConstraints(pattern=f"^{AUDIO_NAME.pattern}$"),
    Form("an audio name has 1 to 64 letters, digits, underscores or hyphens and ends in .wav"),
]


class BundleTexts(Request):
    prompts: Annotated[dict[_AudioName, PromptInBundle], Field(max_length=MAX_SOUNDS)]
    tests: Annotated[list[WrittenTest], Field(max_length=MAX_TESTS)]


class BundleQuery(Query):
    into: Annotated[
        str | None,
        StringConstraints(pattern=IVR_ID_PATTERN),
        IVR_ID_FORM,
        Field(description="a menu that becomes what the bundle says, as a new version; absent: a new menu"),
    ] = None


class MissingSchema(Answered):
    agents: list[str]
    channels: list[str] = Field(description="as menus name them, such as mail:office")
    groups: list[str] = Field(description="of people, in which nobody is")
    hours: list[str]
    lists: list[str]
    services: list[str]
    voices: list[str]


class BroughtSchema(MenuSchema):
    missing: MissingSchema = Field(description="names that the menu needs and that this installation does not have")
