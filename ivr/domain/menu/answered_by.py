"""Who answered a call that we made, and the variable that tells its menu."""

from __future__ import annotations

from typing import Literal, get_args

AnsweredBy = Literal["person", "machine", "unknown"]
ANSWERED_BY: tuple[AnsweredBy, ...] = get_args(AnsweredBy)
ANSWERED_BY_VARIABLE = "call.answered_by"
