"""Text from the network, fit for a log line and a record."""

from __future__ import annotations


def printable(raw: str) -> str:
    """At most 128 characters, control characters shown as `?`, so that a log line stays one line."""
    text = raw[:128]
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)
