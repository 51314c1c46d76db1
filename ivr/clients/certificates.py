"""Certificates of who signs callers' numbers, fetched from the address that the signature names, and kept.

The address is the caller's text: only https, only into the public network, no redirect, and bounded in time and size
(`ivr.clients.outbound_http`).
"""

from __future__ import annotations

import http.client
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from ivr.clients.kept_connections import Connection
from ivr.clients.outbound_http import Outbound, OutboundError, Resolve, addresses_of, parts_of
from ivr.domain.identity import IdentityRefused
from ivr.domain.identity_chain import MAX_BYTES, Chain, Roots, kept_s, read_chain
from ivr.settings import Settings, SetupError

WITHIN_S = 2.0
# An address without a certificate is not asked again for so long.
FAILED_S = 60.0
MOST_KEPT = 500
_HEAD_BYTES = 8 * 1024
# Those that carriers may use (ATIS-1000080).
_PORTS = (443, 8443)


class Certificates:
    """For the greenlets of one thread. `allow_private`: also from private networks, and from any port."""

    def __init__(
        self,
        allow_private: bool = False,
        resolve: Resolve = addresses_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbound, self._resolve, self._clock = Outbound(allow_private), resolve, clock
        # address -> what came of it, and until when it is used
        self._known: OrderedDict[str, tuple[Chain | IdentityRefused, float]] = OrderedDict()

    def known(self, url: str) -> Chain | None:
        """None: it is to be fetched. Raises IdentityRefused where that was tried just now."""
        found = self._known.get(url)
        if found is None or self._clock() >= found[1]:
            return None
        if isinstance(found[0], IdentityRefused):
            raise IdentityRefused(found[0].reason)
        self._known.move_to_end(url)
        return found[0]

    def fetch(self, url: str) -> Chain:
        """Raises IdentityRefused."""
        try:
            chain, seconds = self._fetch(url)
        except IdentityRefused as error:
            self._keep(url, error, FAILED_S)
            raise
        self._keep(url, chain, seconds)
        return chain

    def _keep(self, url: str, found: Chain | IdentityRefused, seconds: float) -> None:
        self._known[url] = found, self._clock() + seconds
        self._known.move_to_end(url)
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    def _fetch(self, url: str) -> tuple[Chain, int]:
        try:
            parts, host, port = parts_of(url)
            if parts.scheme != "https" or (port not in _PORTS and not self._outbound.allow_private):
                raise IdentityRefused("bad_url")
            address = self._outbound.checked_address(host, port, self._resolve)
            connection = Connection(host, port, address, tls=True, clock=self._clock)
            connection.begin(self._clock() + WITHIN_S, _HEAD_BYTES + MAX_BYTES)
            try:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("GET", target, headers={"Connection": "close", "User-Agent": "Digitree"})
                answer = connection.getresponse()
                if answer.status != 200:
                    raise IdentityRefused("no_certificate")
                text = answer.read(MAX_BYTES + 1)
            finally:
                connection.close()
        except OutboundError as error:
            is_callers = error.reason in ("bad_url", "private_address")
            raise IdentityRefused("bad_url" if is_callers else "no_certificate") from error
        except (OSError, http.client.HTTPException) as error:
            raise IdentityRefused("no_certificate") from error
        if len(text) > MAX_BYTES:
            raise IdentityRefused("bad_certificate")
        return read_chain(text), kept_s(answer.getheader("Cache-Control", ""))


def read_roots(settings: Settings) -> Roots | None:
    """The authorities in DIGITREE_IDENTITY_ROOTS; None without the setting. Raises SetupError."""
    if not settings.identity_roots:
        return None
    try:
        return Roots(Path(settings.identity_roots).read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "there is no certificate in it"
        raise SetupError(
            f"DIGITREE_IDENTITY_ROOTS={settings.identity_roots}: {why}; name a file of certificates in PEM form"
        ) from error
