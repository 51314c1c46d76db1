"""Letters that are said one by one, as espeak-ng reads them right."""

from __future__ import annotations

import re

_LETTERS = re.compile(r"(?<![\w'-])[A-Z](?: [A-Z]){1,11}(?![\w'-])")


def letters_joined(text: str, language: str) -> str:
    """In English "A P R" would begin with the article, and A.P.R. does not."""
    if not language.lower().startswith("en"):
        return text
    return _LETTERS.sub(lambda found: found[0].replace(" ", "."), text)
