"""Addresses over HTTP as they may be stored."""

from __future__ import annotations

import re

from ivr.domain.net_ports import PORT

# No blank, no control character, no user or password, no fragment.
URL = re.compile(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    rf"(?::{PORT})?(?:[/?][A-Za-z0-9._~:/?@!$&'()*+,;=%-]{{0,1800}})?",
    re.ASCII,
)
