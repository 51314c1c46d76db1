"""The trunks that calls may come by, as the keeper last wrote them on this machine's disk."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from ivr.domain.trunks.table import TrunkTable, parse_table

log = logging.getLogger(__name__)


class TrunkSource:
    """`table` is at hand for each call; `renew` again and again, beside them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, int, int] | None = None
        self.table = TrunkTable()

    def renew(self) -> None:
        """Read the file if it is another one; without one, and with one that cannot be read, what is known stays."""
        try:
            found = os.stat(self._path)
            mark = found.st_ino, found.st_mtime_ns, found.st_size
            if mark == self._read:
                return
            self._read = mark
            self.table = TrunkTable(parse_table(self._path.read_text()))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.error("the trunks on this machine's disk cannot be read, and those known stay: %s", error)
