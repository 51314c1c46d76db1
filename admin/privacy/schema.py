"""Models of the answers of /privacy."""

from __future__ import annotations

from typing import Any

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


class ErasedPartsSchema(Answered):
    calls: int
    messages: int
    answers: int
    lists: int
    sounds: int
    outgoing: int


class KeptPartsSchema(Answered):
    opt_outs: int
    audit: int
    messages: int


class ErasureSchema(Answered):
    erased: ErasedPartsSchema
    kept: KeptPartsSchema
