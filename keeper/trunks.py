"""Keeps FreeSWITCH and the call server in step with the trunks, without a restart: files, and a word to the switch
when it has to read them again. Calls go on, whatever becomes of their gateway. While Postgres is away the files stay
as they are."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from ivr.clients.registration_end import LeftRegistration
from ivr.clients.switch import SwitchUnavailable
from ivr.domain.errors import StorageError
from ivr.domain.telephones.way_out import gateways_out
from ivr.domain.trunks.gateways import Gateway, gateways_of, text_of
from ivr.domain.trunks.model import Network, Trunk
from ivr.domain.trunks.table import PlacedTrunk, hosts_of, lists_text, networks_of, parse_table, table_text
from ivr.secrets import Sealer
from ivr.storage.disk.switch_trunks import TrunkFiles, put
from keeper.trunk_addresses import TrunkAddresses

log = logging.getLogger(__name__)

EVERY_S = 1.0
REST_S = 2.0


class TrunkSwitch(Protocol):
    """The part of `ivr.clients.switch` that is needed here. Raises SwitchUnavailable."""

    def keep_gateways(self, names: Collection[str]) -> Mapping[str, str]: ...

    def reload_networks(self) -> None: ...


class TrunkKeeper:
    """`look` as often as you like: the switch is told only of a change, and at the first look. `trunks` reads them
    (StorageError); OSError when a file cannot be written. `leave` ends the registration of a gateway that is gone."""

    def __init__(
        self,
        trunks: Callable[[], Sequence[Trunk]],
        sealer: Sealer,
        files: TrunkFiles,
        switch: TrunkSwitch,
        addresses: TrunkAddresses | None = None,
        leave: Callable[[LeftRegistration], None] = lambda _: None,
    ) -> None:
        self._trunks, self._sealer, self._files, self._switch = trunks, sealer, files, switch
        self._addresses = addresses or TrunkAddresses()
        self._untold_gateways = self._untold_networks = True
        self._leave = leave
        # The trunk and the password of each gateway that the switch may have.
        self._known: dict[str, tuple[Trunk, str]] = {}

    def run(self, stopping: threading.Event) -> None:
        """Look again and again."""
        wait_s = 0.0
        while not stopping.wait(wait_s):
            wait_s = EVERY_S
            try:
                self.look()
            except (StorageError, OSError, ValueError) as error:
                wait_s = REST_S
                log.debug("trunks are not in step: %s", error)

    def look(self) -> None:
        trunks = self._trunks()
        # Who may call first: calls come as soon as a trunk is registered.
        placed = self._placed(trunks)
        self._untold_networks |= put(self._files.networks, lists_text(placed))
        put(self._files.table, table_text(placed))
        if self._untold_networks:
            self._untold_networks = not self._tell(self._switch.reload_networks)
        gateways, passwords = self._gateways(trunks)
        self._untold_gateways |= put(self._files.gateways, text_of(gateways, passwords))
        if self._untold_gateways:
            names = [each.name for each in gateways]
            self._untold_gateways = not self._tell(lambda: self._keep_gateways(names))

    def _keep_gateways(self, names: Sequence[str]) -> None:
        for name, contact in self._switch.keep_gateways(names).items():
            if name in self._known:
                self._leave(LeftRegistration(*self._known[name], contact))
        self._known = {name: self._known[name] for name in names if name in self._known}

    def _gateways(self, trunks: Sequence[Trunk]) -> tuple[list[Gateway], dict[str, str]]:
        """With the passwords by their sealed text."""
        gateways: list[Gateway] = []
        passwords = {}
        for trunk in trunks:
            sealed = trunk.credentials.sealed if trunk.credentials else None
            password = self._sealer.find(sealed) if sealed else None
            if sealed and password is None:
                log.error("the password of trunk %s was sealed with another DIGITREE_SECRET", trunk.name)
                continue
            if sealed and password is not None:
                passwords[sealed] = password
            made = list(gateways_of(trunk))
            self._known |= {each.name: (trunk, password or "") for each in made}
            gateways += made
        return gateways, passwords

    def _placed(self, trunks: Sequence[Trunk]) -> list[PlacedTrunk]:
        self._addresses.look(trunks)
        before: dict[str, tuple[Network, ...]] | None = None
        placed = []
        for trunk in trunks:
            addresses = self._addresses.of(trunk)
            networks = networks_of(trunk, addresses)
            if addresses.keys() != set(hosts_of(trunk)):
                # Not looked up since this process began: as the last one knew them.
                before = self._known_before() if before is None else before
                networks = (*networks, *(each for each in before.get(trunk.name, ()) if each not in networks))
            placed.append(PlacedTrunk(trunk, networks, gateways_out(trunk)))
        return placed

    def _known_before(self) -> dict[str, tuple[Network, ...]]:
        try:
            return {each.trunk.name: each.networks for each in parse_table(self._files.table.read_text())}
        except (OSError, ValueError):
            return {}

    def _tell(self, command: Callable[[], None]) -> bool:
        """False when the switch does not answer."""
        try:
            command()
        except SwitchUnavailable as error:
            log.debug("the switch reads its trunks at its next start: %s", error)
            return False
        return True
