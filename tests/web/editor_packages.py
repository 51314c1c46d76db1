"""The npm packages of the editor: installed once beside its source and kept until the lock file names others."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

EDITOR = Path(__file__).parents[2] / "web" / "editor"
# No second try: where the registry is not there, that is known at once.
_INSTALL = ("ci", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0")


def install() -> Path:
    """The editor's folder with its packages; skips the test where npm or its registry is not there."""
    with (EDITOR / "package.json").open() as described:
        # Several processes of tests ask for it.
        fcntl.flock(described, fcntl.LOCK_EX)
        if not _installed():
            _npm_ci()
    return EDITOR


def _npm_ci() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    try:
        done = subprocess.run([npm, *_INSTALL], cwd=EDITOR, capture_output=True, text=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm ci takes too long here")
    if done.returncode:
        pytest.skip(f"npm ci does not work here: {done.stderr.strip()[-200:]}")


def _installed() -> bool:
    """Whether what npm noted as installed is what the lock file names; packages for other machines are left out."""
    try:
        found = _packages(EDITOR / "node_modules" / ".package-lock.json")
    except OSError:
        return False
    wanted = _packages(EDITOR / "package-lock.json")
    del wanted[""]
    return {name: each for name, each in wanted.items() if name in found or not each.get("optional")} == found


def _packages(lock: Path) -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text())["packages"]
    return packages
