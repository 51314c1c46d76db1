"""The headers of a menu's author in an agent's INVITE: how long they are, and what they leave to the path. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

Headers = Iterable[tuple[str, str]]

# Of all the author's headers together, as they are sent.
MAX_CHOSEN_BYTES = 300
# Of the keys pressed (X-IVR-Path), without what other headers take of it.
PATH_BYTES = 300
# Of a header: a colon, a blank and a line end.
AROUND_BYTES = 4
_UNCHANGED = "+/:*~"


def encoded(text: str) -> str:
    """A value, from whatever a caller or another system said: percent-encoded, and blanks for control characters."""
    plain = "".join(" " if each < " " or "\x7f" <= each <= "\x9f" else each for each in text)
    return quote(plain, safe=_UNCHANGED, errors="replace")


def size_of(name: str, value: str) -> int:
    """The bytes of a header in an INVITE; `value` is encoded."""
    return len(name) + len(value) + AROUND_BYTES


def fitting(chosen: Headers) -> tuple[list[tuple[str, str]], list[str]]:
    """Name and encoded value of those that fit into MAX_CHOSEN_BYTES, in the author's order, and the names of the
    others: a value is sent whole or not at all."""
    sent, left_out, room = [], [], MAX_CHOSEN_BYTES
    for name, text in chosen:
        value = encoded(text) if len(text) <= room else None
        if value is None or size_of(name, value) > room:
            left_out.append(name)
            continue
        room -= size_of(name, value)
        sent.append((name, value))
    return sent, left_out


def path_room(sent: Headers, more: int = 0) -> int:
    """The bytes that are left to the path beside these headers and `more` bytes of others; below 0: none."""
    return PATH_BYTES - more - sum(size_of(name, value) for name, value in sent)
