"""The port of an address, as a pattern."""

from __future__ import annotations

# 1 to 65535, without a zero before it.
PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
