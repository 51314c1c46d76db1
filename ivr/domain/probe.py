"""What /readyz answers to the call server's greeting, so that a look at it is not taken for a broken call."""

from __future__ import annotations

PROBE = b"readyz\n\n"
