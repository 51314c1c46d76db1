"""Models of the answers of /privacy."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from admin.calls.schema import CallRecordSchema
from admin.http.answers import Answered


class AboutCallerSchema(Answered):
    number: str
    calls: list[CallRecordSchema]
    opt_outs: list[dict[str, Any]]
    audit: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    answers: int
    lists: list[dict[str, Any]]
    sounds: list[dict[str, Any]]
    outgoing: list[dict[str, Any]]
    language: str | None = Field(default=None, description="the one that they chose, kept for their next call")


class ErasedPartsSchema(Answered):
    calls: int
    messages: int
    answers: int
    lists: int
    sounds: int
    outgoing: int
    languages: int = Field(default=0, description="1: the language that they chose was kept")


class KeptPartsSchema(Answered):
    opt_outs: int
    audit: int
    messages: int


class ErasureSchema(Answered):
    erased: ErasedPartsSchema
    kept: KeptPartsSchema
