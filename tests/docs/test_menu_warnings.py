"""docs/menu-warnings.md has every warning that a menu may have, and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    *sorted((ROOT / "ivr" / "domain" / "menu").glob("*.py")),
    ROOT / "ivr" / "domain" / "said" / "doubts.py",
]
ROW = re.compile(r"^\| `([a-z_]+)` \| (.+) \| (.+) \|$", re.MULTILINE)
# What makes a warning, and where its code stands: `warning` of a node; what lint makes one of.
MAKERS = {"warning": 0, "Doubt": 0, "BraceFault": 0}


def codes(path: Path) -> Iterator[str]:
    """The codes of the warnings that this file gives. A `Problem` is one where it comes of lint, or of a change."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    scope: ast.AST | None = tree if path.stem.endswith("lint") else None
    if path.stem == "document":
        scope = next(each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "patched")
    problems = {id(each) for each in ast.walk(scope)} if scope is not None else set()
    for each in ast.walk(tree):
        if not isinstance(each, ast.Call):
            continue
        name = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
        at = 1 if name == "Problem" and id(each) in problems else MAKERS.get(name)
        if at is not None:
            constants = (part.value for part in ast.walk(each.args[at]) if isinstance(part, ast.Constant))
            yield from (value for value in constants if isinstance(value, str))


def test_every_warning_is_on_the_page_once_and_no_other() -> None:
    page = (ROOT / "docs" / "menu-warnings.md").read_text(encoding="utf-8")
    given = {code for path in SOURCES for code in codes(path)}
    assert sorted(code for code, *_ in ROW.findall(page)) == sorted(given)
