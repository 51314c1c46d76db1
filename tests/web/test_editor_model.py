"""What the editor does with a menu, without a browser: the tests beside its source, in a plain Node that strips the
types. Playwright brings one, so none has to be installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import playwright
import pytest

from tests.web import editor_packages
from tests.web.editor_packages import EDITOR

SOURCE = EDITOR / "src"
NODE = Path(playwright.__file__).parent / "driver" / "node"
# It lays out with a package.
LAYOUT = "layout.test.ts"


@pytest.mark.parametrize("name", sorted(path.name for path in SOURCE.glob("*.test.ts") if path.name != LAYOUT))
def test_the_editors_model(name: str) -> None:
    _pass_in_node(name)


def test_where_the_editor_places_nodes() -> None:
    editor_packages.install()
    _pass_in_node(LAYOUT)


def _pass_in_node(name: str) -> None:
    done = subprocess.run([NODE, "--test", SOURCE / name], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nℹ fail 0\n" in done.stdout
    assert "\nℹ pass 0\n" not in done.stdout
