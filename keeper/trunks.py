"""Keeps the gateways of FreeSWITCH in step with the trunks, without a restart: a file that a rescan reads, and an end
to what is not in it any more. Calls go on, whatever becomes of their gateway."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageError
from ivr.domain.trunks.gateways import Gateway, gateways_of, text_of
from ivr.domain.trunks.model import Trunk
from ivr.secrets import Sealer
from ivr.storage.disk.switch_trunks import put_trunks

log = logging.getLogger(__name__)

EVERY_S = 1.0
REST_S = 2.0


class Gateways(Protocol):
    """The part of `ivr.clients.switch` that is needed here."""

    def keep_gateways(self, names: Collection[str]) -> None:
        """Raises SwitchUnavailable."""


class TrunkKeeper:
    """`look` as often as you like: the switch is told only of a change, and at the first look. `trunks` reads them
    (StorageError); OSError when the file cannot be written."""

    def __init__(
        self, trunks: Callable[[], Sequence[Trunk]], sealer: Sealer, path: Path, switch: Gateways
    ) -> None:
        self._trunks, self._sealer, self._path, self._switch = trunks, sealer, path, switch
        self._untold = True

    def run(self, stopping: threading.Event) -> None:
        """Look again and again. While a store is away the switch goes on with what its file says."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, OSError, ValueError) as error:
                wait_s = REST_S
                log.debug("trunks are not in step: %s", error)

    def look(self) -> None:
        gateways: list[Gateway] = []
        passwords = {}
        for trunk in self._trunks():
            sealed = trunk.credentials.sealed if trunk.credentials else None
            password = self._sealer.find(sealed) if sealed else None
            if sealed and password is None:
                log.error("the password of trunk %s was sealed with another DIGITREE_SECRET", trunk.name)
                continue
            if sealed and password is not None:
                passwords[sealed] = password
            gateways += gateways_of(trunk)
        self._untold |= put_trunks(self._path, text_of(gateways, passwords))
        if self._untold:
            try:
                self._switch.keep_gateways([each.name for each in gateways])
                self._untold = False
            except SwitchUnavailable as error:
                log.debug("the switch reads its trunks at its next start: %s", error)
