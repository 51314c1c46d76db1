"""Watches how trunks stand, writes it where the page and the metrics read it, and tells webhooks of outages."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from ivr.clients.gateway_watch import GatewayWatch
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageError
from ivr.domain.trunks.model import Trunk
from ivr.domain.trunks.outages import Outages
from ivr.domain.trunks.state import TrunkState, TrunkStates
from ivr.domain.webhooks import WebhookNote
from ivr.storage.disk.trunk_states import read_states, write_states
from keeper.trunk_certificates import TrunkCertificates

log = logging.getLogger(__name__)

EVERY_S = 2.0
WRITTEN_EVERY_S = 10.0
REST_S = 5.0
_DOWN = ("trying", "refused", "silent")


class TrunkWatch:
    """`trunks` are those that are there; `connect` makes a connection to the switch, if any are; `tell` notes events
    for webhooks (StorageError: they are told at the next look). Without `certificates` those of their hosts are not
    looked at."""

    def __init__(
        self,
        trunks: Callable[[], Collection[Trunk]],
        connect: Callable[[], GatewayWatch],
        path: Path,
        tell: Callable[[Sequence[WebhookNote]], None],
        certificates: TrunkCertificates | None = None,
    ) -> None:
        self._trunks, self._connect, self._path, self._certificates = trunks, connect, path, certificates
        self._tell = tell
        self._outages = Outages()
        self._untold: list[WebhookNote] = []
        self._states = TrunkStates(read_states(path))
        self._written: dict[str, TrunkState] | None = None
        self._written_at = float("-inf")

    def run(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            if not self._trunks():
                self._states.look((), (), time.time())
                self._write()
                stopping.wait(EVERY_S)
                continue
            try:
                with self._connect() as watch:
                    while not stopping.is_set() and self._trunks():
                        self.look(watch)
            except SwitchUnavailable as error:
                log.debug("how trunks stand is not known: %s", error)
                self._states.lose(time.time())
                self._write()
                stopping.wait(REST_S)

    def look(self, watch: GatewayWatch) -> None:
        """All gateways, and what they are replied until the next look. Raises SwitchUnavailable."""
        trunks = self._trunks()
        self._states.look([each.name for each in trunks], watch.statuses(), time.time())
        if self._certificates is not None:
            down = [each for each in trunks if self._states.known[each.name].standing in _DOWN]
            for each in self._certificates.look(down):
                self._states.distrust(*each, time.time())
        until = time.monotonic() + EVERY_S
        while (left := until - time.monotonic()) > 0:
            news = watch.heard(left)
            if news is None:
                break
            self._states.hear(news, time.time())
        self._write()
        self._tell_outages()

    def _tell_outages(self) -> None:
        self._untold += self._outages.look(self._states.known, time.time())
        if not self._untold:
            return
        try:
            self._tell(self._untold)
            self._untold = []
        except StorageError as error:
            log.debug("outages of trunks are told later: %s", error)

    def _write(self) -> None:
        now = time.monotonic()
        for name, state in self._states.known.items():
            before = (self._written or {}).get(name)
            if before is not None and before.standing != state.standing and state.standing in ("refused", "silent"):
                log.warning("trunk %s is %s", name, state.standing)
        if self._states.known == self._written and now - self._written_at < WRITTEN_EVERY_S:
            return
        try:
            write_states(self._path, self._states.known)
            self._written, self._written_at = dict(self._states.known), now
        except OSError as error:
            log.debug("how trunks stand cannot be written: %s", error)
