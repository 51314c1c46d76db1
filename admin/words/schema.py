"""Requests and answers of /words, as pydantic models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, JsonValue

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import Request
from admin.prompts.schema import SPOKEN_AS, SpokenWarningSchema
from ivr.domain.menu.spoken import MAX_TEXT
from ivr.domain.said.own_words import ENTRY_SCHEMA, LANGUAGE_PATTERN, MAX_WORDS, SPELLING_PATTERN

_LANGUAGE = Form("a language is named by its code, as in en-us, es or pt-br")
_ENTRIES: dict[str, JsonValue] = {"additionalProperties": ENTRY_SCHEMA}
_SPELLINGS: dict[str, JsonValue] = {"propertyNames": {"type": "string", "pattern": f"^{SPELLING_PATTERN}$"}}
WORDS = "spellings, and what is said for them: whole words, in any case"
Words = Annotated[dict[str, Any], Field(max_length=MAX_WORDS, json_schema_extra=_SPELLINGS | _ENTRIES)]


class PutWords(Request):
    words: Words = Field(description=WORDS)


class WordListSchema(Answered):
    words: dict[str, Any] = Field(description=WORDS, json_schema_extra=_ENTRIES)
    updated_at: Time | None = Field(description="null: there has been none yet")


class CheckText(Request):
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT, description="as a prompt's text is written")]
    language: Annotated[str, Field(pattern=f"^{LANGUAGE_PATTERN}$"), _LANGUAGE] = Field(
        default="en-us", description="that of the voice, as GET /voices has it"
    )
    words: Words | None = Field(default=None, description="further words, as a menu has them")


class CheckedTextSchema(Answered):
    spoken_as: str = Field(description=SPOKEN_AS)
    warnings: list[SpokenWarningSchema] = Field(description="what is left out, or may not be said as it is meant")
