"""The wheel of this tree, and programs that are run to make and install it."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[2]
SETUP = configparser.ConfigParser()
SETUP.read(SOURCES / "setup.cfg")
PACKAGES = SETUP["options.packages.find"]["include"].replace("*", "").split()
# What setup.cfg names besides the packages.
BESIDE = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "NOTICE", "web/editor/LICENSES.txt")
BUILD_S = 300


def build_wheel(tree: Path, built: Path) -> Path:
    """Built from a copy in `tree`, so that nothing an earlier build left in the sources gets into it."""
    for name in BESIDE:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCES / name, tree / name)
    for package in PACKAGES:
        shutil.copytree(SOURCES / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(built), str(tree), cwd=built)
    (wheel,) = built.glob("digitree-*.whl")
    return wheel


def run(*argv: str, cwd: Path, timeout_s: float = BUILD_S) -> str:
    """Its standard output; AssertionError when it fails."""
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
