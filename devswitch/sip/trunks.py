"""The trunks of this switch, from the keeper's files, with the commands by which it has FreeSWITCH read them again.
In the switch's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from xml.sax.saxutils import escape

from devswitch.sip.crossing import Crossing
from devswitch.sip.endpoint import SipEndpoint
from devswitch.sip.registrations import Registrations
from devswitch.trunk_files import Gateway, read_gateways, read_lists
from ivr.storage.disk.switch_trunks import TrunkFiles

log = logging.getLogger(__name__)

_PROFILE = "digitree"
_STOP_TIMEOUT_S = 5.0


class SwitchTrunks:
    """`command` is what stands behind `sofia` in an `api` command; the answers are FreeSWITCH's (mod_sofia.c)."""

    def __init__(self, crossing: Crossing, endpoint: SipEndpoint, files: TrunkFiles) -> None:
        self._crossing, self._endpoint, self._files = crossing, endpoint, files
        self._gateways: dict[str, Gateway] = {}
        self._registrations: Registrations | None = None
        self.listeners: set[Callable[[str, int, str], None]] = set()

    def start(self) -> None:
        self.reload_lists()
        self._rescan()

    def stop(self) -> None:
        """Unregister everywhere."""
        self._gateways.clear()
        if self._registrations is not None:
            self._crossing.await_sip(self._registrations.close()).result(_STOP_TIMEOUT_S)

    def find(self, name: str) -> Gateway | None:
        return self._gateways.get(name)

    def reload_lists(self) -> str:
        try:
            lists = read_lists(self._files.networks.read_text())
        except FileNotFoundError:
            lists = {}
        except (OSError, ValueError) as error:
            log.warning("the networks of trunks: %s", error)
            return "-ERR\n"
        self._crossing.to_sip(self._endpoint.take_lists, lists)
        return "+OK acl reloaded\n"

    def command(self, *words: str) -> str:
        match words:
            case ("profile", name, "gwlist", "up" | "down" as which) if name == _PROFILE:
                return " ".join(self._gateways) if which == "up" else ""
            case ("profile", name, "killgw", gateway) if name == _PROFILE:
                if self._gateways.pop(gateway, None) is None:
                    return "-ERR no such gateway.\n"
                self._tell()
                return "+OK gateway marked for deletion.\n"
            case ("profile", name, "register", gateway) if name == _PROFILE:
                self._crossing.to_sip(self._register, gateway)
                return "+OK\n"
            case ("profile", name, "rescan") if name == _PROFILE:
                return self._rescan()
            case ("xmlstatus", "gateway"):
                return f"<gateways>\n{''.join(map(self._status, self._gateways.values()))}</gateways>\n"
        return "-ERR Unknown command!\n"

    def _rescan(self) -> str:
        """Like FreeSWITCH it passes over the names that it has."""
        try:
            found = read_gateways(self._files.gateways.read_text())
        except FileNotFoundError:
            found = []
        except (OSError, ValueError) as error:
            log.warning("trunks: %s", error)
            return "-ERR cannot find/parse profile\n"
        for each in found:
            self._gateways.setdefault(each.name, each)
        self._tell()
        return "+OK scan complete\n"

    def _tell(self) -> None:
        self._crossing.to_sip(self._keep, list(self._gateways.values()))

    def _status(self, gateway: Gateway) -> str:
        registrations = self._registrations
        state = registrations.state_of(gateway.name) if gateway.registers and registrations else "NOREG"
        return (
            f"  <gateway><name>{escape(gateway.name)}</name><state>{state}</state><pingtime>0.00</pingtime>"
            "<status>UP</status></gateway>\n"
        )

    # -- in SIP's thread ---------------------------------------------------------------------------------------------

    def _keep(self, gateways: list[Gateway]) -> None:
        if self._registrations is None:
            self._registrations = Registrations(self._endpoint.uacs, self._replied)
        self._registrations.keep(gateways)

    def _register(self, name: str) -> None:
        if self._registrations is not None:
            self._registrations.register(name)

    def _replied(self, name: str, status: int, phrase: str) -> None:
        self._crossing.to_switch(self._report, name, status, phrase)

    def _report(self, name: str, status: int, phrase: str) -> None:
        """In the switch's thread."""
        for tell in list(self.listeners):
            tell(name, status, phrase)
