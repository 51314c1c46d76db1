"""Putting the caller on a list of numbers, and taking them off it: an entry `list:NAME` of a node's `set`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from ivr.domain.number_lists import ASKED, LIST_NAME, LONGEST_DAYS

LISTED_PATTERN = ASKED + LIST_NAME.pattern
LISTED = re.compile(LISTED_PATTERN, re.ASCII)
OFF = "off"
FOR_PATTERN = r"[1-9][0-9]{0,4}[dh]"
_FOR = re.compile(FOR_PATTERN, re.ASCII)
GIVEN_RULE = (
    f"a list gets a time such as 30d or 12h, {LONGEST_DAYS} days at most, true for good, or false to take the caller "
    "off it"
)


class Listing(NamedTuple):
    """`given`: true, false, or a text, as the menu has it."""

    list_name: str
    given: str | bool

    @property
    def is_on(self) -> bool:
        """False: the caller is taken off the list."""
        return self.given is not False and self.given != OFF

    @property
    def word(self) -> str:
        """For the record: `30d`, `on` or `off`."""
        return self.given if isinstance(self.given, str) else "on" if self.given else OFF

    def until(self, moment: datetime) -> datetime | None:
        """When an entry of this moment ends; None: never."""
        time = _time_of(self.given) if isinstance(self.given, str) else None
        return None if time is None else moment + time


def is_given(given: object) -> bool:
    """Whether a list may get this."""
    if isinstance(given, bool) or given == OFF:
        return True
    time = _time_of(given) if isinstance(given, str) else None
    return time is not None and time <= timedelta(days=LONGEST_DAYS)


def _time_of(text: str) -> timedelta | None:
    if not _FOR.fullmatch(text):
        return None
    count = int(text[:-1])
    return timedelta(days=count) if text[-1] == "d" else timedelta(hours=count)
