"""Models of the answers of /healthz and /readyz."""

from __future__ import annotations

from typing import Literal

from admin.http.answers import Answered


class AliveSchema(Answered):
    status: Literal["ok"]


class ReadyLineSchema(Answered):
    name: str
    ok: bool
    detail: str
    ms: int


class ReadySchema(Answered):
    status: Literal["ready", "not ready"]
    checks: list[ReadyLineSchema]
