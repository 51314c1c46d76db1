"""The lean generator: lean_load.c, where the machine has a C compiler."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("lean_load.c")


def compile_lean(directory: Path) -> tuple[str, ...] | None:
    """The command that starts it; None without a compiler, or if it does not compile (epoll exists on Linux only)."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    program = directory / "lean_load"
    made = subprocess.run([compiler, "-O2", "-o", program, _SOURCE], capture_output=True, check=False)
    return None if made.returncode else (str(program),)
