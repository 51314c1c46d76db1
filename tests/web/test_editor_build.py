"""The committed bundle is made of the committed source: nobody needs Node to run Digitree, and it is not stale."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from runpy import run_path

from tests.web import editor_packages
from tests.web.editor_packages import EDITOR

ROOT = Path(__file__).parent.parent.parent
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


def test_the_source_has_its_types_right_and_builds_to_what_is_committed(tmp_path: Path) -> None:
    source = editor_packages.install()
    built = tmp_path / "built"
    for command in (["tsc", "--noEmit"], ["vite", "build", "--outDir", str(built)]):
        line = ["npm", "exec", "--offline", "--", *command]
        done = subprocess.run(line, cwd=source, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    for name in ("editor.js", "editor.css"):
        assert (built / name).read_bytes() == (STATIC / name).read_bytes(), name
