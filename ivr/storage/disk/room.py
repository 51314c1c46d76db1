"""How much room there is on the disk of a directory."""

from __future__ import annotations

import os
from errno import EDQUOT, ENOSPC
from pathlib import Path

# With less than this, a store's next write may be the one that fails.
FULL_BYTES = 1 << 20


def free_bytes(directory: Path) -> int:
    """What we may still write there. OSError when there is no such directory."""
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize


def is_full(directory: Path) -> bool:
    """Whether there is no room left to speak of; False when that is not known."""
    try:
        return free_bytes(directory) < FULL_BYTES
    except OSError:
        return False


def is_no_room(error: OSError) -> bool:
    """Whether a write failed since the disk is full, or the account's part of it."""
    return error.errno in (ENOSPC, EDQUOT)
