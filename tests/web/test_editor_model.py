"""What the editor does with a menu, without a browser: the tests beside its source, in a plain Node that strips the
types. Playwright brings one, so none has to be installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import playwright
import pytest

SOURCE = Path(__file__).parents[2] / "web" / "editor" / "src"
NODE = Path(playwright.__file__).parent / "driver" / "node"


@pytest.mark.parametrize("name", sorted(path.name for path in SOURCE.glob("*.test.ts")))
def test_the_editors_model(name: str) -> None:
    done = subprocess.run([NODE, "--test", SOURCE / name], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\nℹ fail 0\n" in done.stdout
    assert "\nℹ pass 0\n" not in done.stdout
