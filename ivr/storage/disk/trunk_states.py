"""The states of trunks as the keeper last saw them, in a file that other processes read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from ivr.domain.trunks.state import TrunkState, parse_state
from ivr.storage.disk.private_files import write_private

# An older file is of a keeper that is gone.
STALE_AFTER_S = 30.0
# Beside the keeper's status.
TRUNK_STATES_NAME = "trunk_states.json"


def trunk_states_path(home: Path) -> Path:
    return home / "run" / TRUNK_STATES_NAME


def write_states(path: Path, states: Mapping[str, TrunkState]) -> None:
    """OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"at": time.time(), "trunks": {name: each.to_json() for name, each in states.items()}}
    write_private(path, json.dumps(document))


def read_states(path: Path) -> dict[str, TrunkState]:
    """By the names of trunks; nothing where no keeper has reported lately."""
    try:
        document = json.loads(path.read_text())
        if time.time() - document["at"] > STALE_AFTER_S:
            return {}
        return {name: parse_state(each) for name, each in document["trunks"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
