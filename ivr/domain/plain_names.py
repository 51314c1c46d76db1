"""Names that people can tell apart: something visible in them, and nothing that turns the text around it.

Stored names of earlier releases stay as they are; names that are given are checked.
"""

from __future__ import annotations

import re

# What turns the direction of the text that follows, as character classes of an expression have it.
TURNING = r"\u202a-\u202e\u2066-\u2069"
# What shows nothing by itself.
UNSEEN = r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2065\u206a-\u206f\ufeff"

_TURNING = re.compile(f"[{TURNING}]")
_VISIBLE = re.compile(rf"[^\s{TURNING}{UNSEEN}]")


def is_plain_name(name: str) -> bool:
    return _VISIBLE.search(name) is not None and _TURNING.search(name) is None
