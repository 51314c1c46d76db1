"""docs/opt-out.md names tests: each is there, in the file it names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_table_names_is_there() -> None:
    page = (ROOT / "docs/opt-out.md").read_text()
    assert "not legal advice" in page
    files = set(re.findall(r"tests/[a-z_/]+\.py", page))
    assert len(files) > 5
    code = "".join((ROOT / name).read_text() for name in files)
    names = set(re.findall(r"`(test_[a-z0-9_]+)`", page))
    assert len(names) > 5
    assert [name for name in sorted(names) if f"def {name}(" not in code] == []
