"""The committed bundle is made of the committed source: nobody needs Node to run Digitree, and it is not stale."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).parent.parent.parent
EDITOR = ROOT / "web" / "editor"
STATIC = ROOT / "admin" / "static"


def test_the_bundle_names_the_source_that_is_here() -> None:
    digest = hashlib.sha256()
    sources = sorted(path.name for path in (EDITOR / "src").iterdir() if not path.name.endswith(".test.ts"))
    for name in (*(f"src/{name}" for name in sources), "package-lock.json", "vite.config.ts"):
        digest.update(f"{name}\0".encode() + (EDITOR / name).read_bytes())
    head = (STATIC / "editor.js").read_text().split("\n", 1)[0]
    assert head == f"/* source {digest.hexdigest()} */", "web/editor was changed: make editor"


def test_the_editors_table_of_kinds_is_the_servers() -> None:
    made = run_path(str(EDITOR / "generate_kinds.py"))["render"]()
    assert (EDITOR / "src" / "kinds.generated.ts").read_text() == made, "the table was changed: make editor"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The editor's source with what it needs; skips where that cannot be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    if (EDITOR / "node_modules" / "vite").is_dir():
        return EDITOR
    copy = tmp_path / "web" / "editor"
    shutil.copytree(EDITOR, copy)
    command = [npm, "ci", "--no-audit", "--no-fund", "--prefer-offline"]
    try:
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        pytest.skip("npm ci takes too long here")
    if done.returncode:
        pytest.skip(f"npm ci does not work here: {done.stderr.strip()[-200:]}")
    return copy


def test_the_source_has_its_types_right_and_builds_to_what_is_committed(source: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    for command in (["tsc", "--noEmit"], ["vite", "build", "--outDir", str(built)]):
        line = ["npm", "exec", "--offline", "--", *command]
        done = subprocess.run(line, cwd=source, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    for name in ("editor.js", "editor.css"):
        assert (built / name).read_bytes() == (STATIC / name).read_bytes(), name
