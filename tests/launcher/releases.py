"""Releases beside each other: the tree of an earlier commit, and this tree as the next release may look."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.storage.postgres.migrate import known_revisions

SOURCES = Path(__file__).parents[2]
PACKAGES = ("admin", "devswitch", "dialplan", "esl_server", "ivr", "keeper", "launcher", "tts")
LATER = "9999"
_VERSIONS = Path("ivr", "storage", "postgres", "migrations", "versions")
_PROGRAM = """#!{python}
import os, sys
# For the processes that it starts, too.
os.environ["PYTHONPATH"] = {tree!r}
sys.path.insert(0, {tree!r})
from launcher.cli import main
sys.exit(main())
"""
_MIGRATION = '''"""What the next release adds."""

from alembic import op

revision = "{later}"
down_revision = "{newest}"


def upgrade() -> None:
    op.execute("create table if not exists next_release (id text primary key)")
    op.execute("alter table call_record add column if not exists next_release text")
'''


@dataclass(frozen=True)
class Release:
    """`program up`, run in `directory`. Libraries are those of this environment."""

    directory: Path

    @property
    def program(self) -> Path:
        return self.directory / "digitree"


def earlier_release(commit: str, directory: Path) -> Release:
    """The tree of a commit; the test is skipped in a clone that does not have it."""
    git = shutil.which("git")
    found = git and subprocess.run(
        [git, "-C", str(SOURCES), "archive", commit, *PACKAGES], capture_output=True, timeout=120, check=False
    )
    if not found or found.returncode:
        pytest.skip(f"commit {commit[:7]} is not in this clone: `git fetch --unshallow`")
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
        archive.extractall(directory)  # noqa: S202 - made by our own git
    return _with_program(directory)


def next_release(directory: Path) -> Release:
    """This tree with one more migration."""
    for package in PACKAGES:
        shutil.copytree(SOURCES / package, directory / package, ignore=shutil.ignore_patterns("__pycache__"))
    migration = _MIGRATION.format(later=LATER, newest=max(known_revisions()))
    (directory / _VERSIONS / f"r{LATER}_next_release.py").write_text(migration)
    return _with_program(directory)


def _with_program(directory: Path) -> Release:
    release = Release(directory)
    release.program.write_text(_PROGRAM.format(python=sys.executable, tree=str(directory)))
    release.program.chmod(0o755)
    # Started by root, another account runs it.
    directory.chmod(0o755)
    return release
