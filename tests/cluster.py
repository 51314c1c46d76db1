"""A migrated Postgres to start from: made once for each set of migrations and copied by every process of tests, which
takes a tenth of what making one takes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from importlib.metadata import version
from pathlib import Path

from launcher.embedded.postgres import embedded_postgres
from tests.helpers import as_owner

ROOT = Path(__file__).parent.parent
_KEPT = ROOT / ".pytest_cache" / "clusters"
_ROLES = (
    ROOT / "launcher" / "embedded" / "postgres_roles.py",
    ROOT / "ivr" / "storage" / "postgres" / "migrate.py",
    ROOT / "ivr" / "storage" / "postgres" / "call_months.py",
)
_MIGRATIONS = ROOT / "ivr" / "storage" / "postgres" / "migrations" / "versions"


def copy_migrated_cluster(directory: Path) -> None:
    """Data for `embedded_postgres(directory)` with every table there and empty. `directory` must not exist."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = _KEPT / _name()
        if not kept.is_dir():
            _make(kept)
    shutil.copytree(kept, directory, copy_function=shutil.copyfile)
    directory.chmod(0o700)


def _name() -> str:
    """Another one for other migrations, another Postgres, other roles, or another account to run it."""
    digest = hashlib.sha256(version("embedded-postgres").encode())
    for path in (*sorted(_MIGRATIONS.glob("*.py")), *_ROLES):
        digest.update(path.name.encode() + path.read_bytes())
    return f"{os.geteuid()}-{digest.hexdigest()[:16]}"


def _make(kept: Path) -> None:
    from ivr.storage.postgres.migrate import upgrade

    for old in _KEPT.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    unfinished = kept.with_name("unfinished")
    with embedded_postgres(unfinished, durable=False) as url:
        upgrade(url, as_owner(url))
    unfinished.rename(kept)
