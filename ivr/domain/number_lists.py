"""Lists of numbers that menus ask about a caller, such as those who are blocked, each with an end if it has one.

What calls read of a number is one text for all lists that it is on: their names, each with the Unix time at which it
ends there, or null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.domain.numbers import E164

# Before the name of a list that a menu's switch asks.
ASKED = "list:"
LIST_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
MAX_NUMBERS = 100_000
MAX_NOTE = 80
LONGEST_DAYS = 3650
# An entry whose end has passed stays to be seen for so long.
KEPT_EXPIRED_DAYS = 7


@dataclass(frozen=True, slots=True)
class ListedNumber:
    """A number on a list, until `expires_at` or, None, for good."""

    number: E164
    expires_at: datetime | None = None
    note: str = ""

    def holds_at(self, moment: datetime) -> bool:
        return self.expires_at is None or moment < self.expires_at


def lists_text(lists: Mapping[str, datetime | None]) -> str:
    """What calls read of a number that is on these lists."""
    ends = {name: None if end is None else math.ceil(end.timestamp()) for name, end in sorted(lists.items())}
    return json.dumps(ends, separators=(",", ":"))


def lists_at(text: bytes, moment: datetime) -> frozenset[str]:
    """The lists that a number is on at a moment, by `lists_text`; raises ValueError for another text."""
    ends = json.loads(text)
    if not isinstance(ends, dict):
        raise ValueError("not the lists of a number")
    now = moment.timestamp()
    return frozenset(name for name, end in ends.items() if end is None or now < end)


def lists_named(document: Mapping[str, Any]) -> list[str]:
    """The lists that a menu's document asks or changes, sorted."""
    nodes = document["nodes"].values()
    named = (name for node in nodes for name in (str(node.get("switch", "")), *(node.get("set") or ())))
    return sorted({each.removeprefix(ASKED) for each in named if each.startswith(ASKED)})
