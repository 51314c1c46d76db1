"""What no voice can say: placeholders that another program was to fill, and emoji."""

from __future__ import annotations

import re

TEMPLATE = re.compile(
    r"\{\{[^{}]{0,80}\}\}|\$\{[^{}]{0,80}\}|\[\[[^\[\]]{0,80}\]\]|%%[A-Za-z_]{1,40}%%|<%[^<>]{0,80}%>"
)
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\ufe0f\u200d\u20e3\U000e0020-\U000e007f\u2190-\u21ff]+"
)
