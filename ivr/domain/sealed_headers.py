"""Headers that requests to other systems carry: their names are shown, their values are sealed and never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from ivr.domain.problems import Problem, pointer

HEADER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
# Visible ASCII and inner blanks: no line end can begin another header.
HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,1998}[\x21-\x7e])?", re.ASCII)
# Those that frame a message or name its receiver, and those that we send ourselves.
RESERVED_HEADERS = frozenset({
    *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade"),
    *("expect", "content-type", "content-encoding", "accept-encoding", "proxy-authorization", "proxy-connection"),
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
})  # fmt: skip
MAX_HEADERS = 10
_SEALED = re.compile(r"[A-Za-z0-9_-]{60,60000}={0,2}", re.ASCII)

Sealed = tuple[tuple[str, str], ...]


def sealed_headers(
    known: Sequence[tuple[str, str]], given: Mapping[str, str | None], seal: Callable[[str], str]
) -> tuple[Sealed, list[Problem]]:
    """The headers that replace the known ones, and what is wrong with them; None keeps the value of its name."""
    kept = {name.lower(): sealed for name, sealed in known}
    headers, seen, faults = [], set[str](), []
    for name, value in given.items():
        low, at = name.lower(), pointer("headers", name)
        if not HEADER_NAME.fullmatch(name):
            faults.append(Problem(at, "invalid_header", _MALFORMED))
        elif not is_header_name(name):
            faults.append(Problem(at, "reserved_header", _RESERVED.format(name)))
        elif low in seen:
            faults.append(Problem(at, "header_repeated", f"{name} is given twice; give it once"))
        elif value is None and low not in kept:
            faults.append(Problem(at, "no_value", f"there is no value of {name} to keep; give one"))
        else:
            headers.append((name, kept[low] if value is None else seal(value)))
        seen.add(low)
    return tuple(headers), faults


def is_header_name(name: str) -> bool:
    """Whether a service may be sent a header of this name."""
    return HEADER_NAME.fullmatch(name) is not None and name.lower() not in RESERVED_HEADERS


def is_sealed(text: str) -> bool:
    """Whether this may be what `ivr.secrets` makes of a text."""
    return _SEALED.fullmatch(text) is not None


_MALFORMED = "a header's name has 1 to 64 letters, digits, underscores or hyphens"
_RESERVED = "{} is set by every request itself, and cannot be chosen; leave it out"
