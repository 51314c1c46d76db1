"""Names of copies: `Roofing line` -> `Roofing line (copy)`, and after that `Roofing line (copy 2)`."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import count

from ivr.domain.menu.document import MAX_NAME

_COPY = re.compile(r" \(copy(?: [0-9]{1,6})?\)\Z", re.ASCII)
# Of the longest ending, ` (copy 999999)`.
_ROOM = 14


def copy_stem(name: str) -> str:
    """The name of the first of all copies, cut so that an ending still fits."""
    return _COPY.sub("", name)[: MAX_NAME - _ROOM].rstrip()


def copy_name(name: str, taken: Collection[str]) -> str:
    """A name for a copy that none of these has."""
    stem = copy_stem(name)
    names = (f"{stem} (copy{f' {number}' if number > 1 else ''})" for number in count(1))
    return next(each for each in names if each not in taken)
