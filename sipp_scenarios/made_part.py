"""Generated parts of a Markdown page: the text between two comments, `made: NAME` and `/made: NAME`."""

from __future__ import annotations

import textwrap
from pathlib import Path


def paragraph(*sentences: str) -> str:
    """A paragraph, wrapped to the line length of our pages."""
    return textwrap.fill(" ".join(sentences), 118, break_long_words=False, break_on_hyphens=False)


def put_part(page: Path, name: str, text: str) -> None:
    """Replace that part by `text`. ValueError if the page has no such part, or has it twice."""
    begin, end = f"<!-- made: {name} -->\n", f"<!-- /made: {name} -->"
    old = page.read_text(encoding="utf-8")
    if old.count(begin) != 1 or old.count(end) != 1 or old.index(begin) > old.index(end):
        raise ValueError(f"{page.name} has no one part named {name}")
    before, rest = old.split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}{text.strip()}\n{end}{after}", encoding="utf-8")
