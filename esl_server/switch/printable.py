"""Text from the network, fit for a log line and a record."""

from __future__ import annotations


def printable(raw: str) -> str:
    """At most 128 characters, control characters shown as `?`, so that a log line stays one line."""
    if len(raw) <= 128 and raw.isprintable():
        return raw
    return "".join(c if c.isprintable() else "?" for c in raw[:128])
