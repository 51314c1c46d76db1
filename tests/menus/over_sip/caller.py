"""Whoever calls: the telephone of tests/sip, whose sound is one of the exchange's sides."""

from __future__ import annotations

import threading
from typing import Protocol

from tests.menus.over_sip.sound_sides import Exchange, Side
from tests.menus.over_sip.telephones import Rung, Telephones
from tests.sip.phone import Phone

# Where the calls of the trunk come from.
CARRIER_IP = "127.0.0.50"
_ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'


class Party(Protocol):
    """Whoever is led through the menu: the caller, or whom we have called."""

    side: Side
    over: threading.Event

    def hang_up(self) -> None: ...


class Caller(Phone):
    """`number` None: withheld."""

    def __init__(self, exchange: Exchange, switch: tuple[str, int], number: str | None) -> None:
        super().__init__(switch, CARRIER_IP, number or "anonymous", identity="" if number else _ANONYMOUS)
        self.side = Side(CARRIER_IP)
        self._exchange = exchange
        self._rtp.close()
        self._rtp = self.side.rtp
        self.over = self.far_side_hung_up

    def call(self, did: str) -> int:
        """The final status; 2xx: sound flows."""
        status = self.dial(did, timeout_s=90)
        if status < 300:
            self.side.media = self._media
            self._exchange.add(self.side)
        return status

    def hang_up(self) -> None:
        super().hang_up()
        self.over.set()

    def __exit__(self, *error: object) -> None:
        self._exchange.remove(self.side)
        super().__exit__(None, None, None)

    def _hear(self) -> None:
        """The exchange does."""

    def _speak(self) -> None:
        """The exchange does."""


class Called:
    """Whom the product has called."""

    def __init__(self, telephones: Telephones, rung: Rung) -> None:
        self._telephones, self._rung = telephones, rung
        self.side, self.over = rung.side, rung.over

    def hang_up(self) -> None:
        self._telephones.hang_up(self._rung)
