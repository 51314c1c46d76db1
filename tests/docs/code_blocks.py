"""The code in the pages: each block with its language, and the blocks of a page as one program.

A fence names its language. What has none, and what is indented, is judged by its beginning: a request (`GET /dids`),
a section (`[Service]`), JSON, else a shell's commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = tuple(
    str(path.relative_to(ROOT)) for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md")))
)  # fmt: skip
_METHOD = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE) +/")
_NAMES = {"bash": "sh", "shell": "sh", "console": "sh", "py": "python", "ts": "typescript"}


@dataclass(frozen=True)
class CodeBlock:
    """`line` is where its text begins in the page, counted from 1."""

    page: str
    line: int
    language: str
    text: str

    @property
    def head(self) -> str:
        """Its first line, by which a table names it."""
        return self.text.strip().partition("\n")[0].strip()

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def blocks_of(page: str) -> tuple[CodeBlock, ...]:
    tokens = MarkdownIt().parse((ROOT / page).read_text(encoding="utf-8"))
    found = []
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map and token.content.strip():
            named = token.info.split()[0] if token.info.split() else ""
            line = token.map[0] + (2 if token.type == "fence" else 1)
            language = _NAMES.get(named, named) or _judge(token.content)
            found.append(CodeBlock(page, line, language, token.content))
    return tuple(found)


def all_blocks() -> tuple[CodeBlock, ...]:
    return tuple(block for page in PAGES for block in blocks_of(page))


def as_program(blocks: Iterable[CodeBlock]) -> str:
    """Blocks of a page as one text in which each stands at its own lines, so that an error names the page's line."""
    lines: list[str] = []
    for block in blocks:
        lines += [""] * (block.line - 1 - len(lines))
        lines += block.text.splitlines()
    return "\n".join(lines) + "\n"


def _judge(text: str) -> str:
    text = text.strip()
    if _METHOD.match(text):
        return "http"
    if re.match(r"\[\w", text):
        return "ini"
    return "json" if text[0] in '{["' else "sh"
