"""Trunks where FreeSWITCH and the call server read them.

`trunks.xml`: gateways, with the passwords in the clear, as FreeSWITCH needs them; it reads them when it starts and on
a rescan. `networks.xml`, beside it: the access lists. `trunks.json`, beside the snapshot of menus: which trunk a call
came by, for the call server (`ivr.domain.trunks.table`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.domain.trunks.model import Trunk
from ivr.domain.trunks.table import parse_table
from ivr.storage.disk.private_files import ensure_private, write_private
from ivr.storage.disk.snapshot import snapshot_path

EMPTY = "<include>\n</include>\n"
_TABLE_NAME = "trunks.json"


@dataclass(frozen=True, slots=True)
class TrunkFiles:
    gateways: Path
    networks: Path
    table: Path

    @classmethod
    def of_home(cls, home: Path) -> TrunkFiles:
        switch, table = home / "fs", snapshot_path(home).with_name(_TABLE_NAME)
        return cls(switch / "trunks.xml", switch / "networks.xml", table)

    def trunks(self) -> list[Trunk]:
        """Those in the table, without user names and passwords; none where it cannot be read."""
        try:
            return [each.trunk for each in parse_table(self.table.read_text())]
        except (OSError, ValueError):
            return []

    def ensure(self) -> None:
        """Empty ones where there are none: FreeSWITCH includes them. OSError."""
        for path in (self.gateways, self.networks):
            ensure_private(path, EMPTY)


def put(path: Path, text: str) -> bool:
    """True when the file has changed. OSError."""
    try:
        if path.read_text() == text:
            return False
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, text)
    return True
