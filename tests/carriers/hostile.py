"""Calls by a carrier, several at once, and what is measured of them while strangers are at the ports."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from ivr.settings import split_host_port
from tests.carriers.calls import call_through
from tests.carriers.kamailio import Carrier
from tests.carriers.scan import SCANNER
from tests.carriers.site import Site

CALLERS = 4
_KNOCKS_PER_S = 20


@dataclass
class Calls:
    """`waits_s`: of each key, from its first packet to the first sound of the next prompt."""

    number: int = 0
    waits_s: list[float] = field(default_factory=list)


def calls_while(here: Site, carrier: Carrier, goes_on: Callable[[], bool]) -> Calls:
    """CALLERS at once, each calling again and again while it goes on, and once at least. Fails with the first call
    that was not answered or whose keys were not all counted."""
    made, lock = Calls(), threading.Lock()

    def call_on() -> None:
        while True:
            _, waits = call_through(here, carrier)
            with lock:
                made.number += 1
                made.waits_s += waits
            if not goes_on():
                return

    with ThreadPoolExecutor(CALLERS) as pool:
        for each in [pool.submit(call_on) for _ in range(CALLERS)]:
            each.result()
    return made


@contextmanager
def knocking_at_tls(here: Site) -> Iterator[None]:
    """Strangers at the port of TLS, twenty a second: some say nothing, some what is no TLS, some an old version."""
    over = threading.Event()

    def knock() -> None:
        number = 0
        while not over.wait(1 / _KNOCKS_PER_S):
            number += 1
            with contextlib.suppress(OSError):
                _knock(split_host_port(here.tls), number % 3)

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(20)


def _knock(at: tuple[str, int], how: int) -> None:
    with socket.create_connection(at, 2, (SCANNER, 0)) as plain:
        if how == 1:
            plain.sendall(b"REGISTER sip:x SIP/2.0\r\n\r\n" * 20)
        if how == 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.set_ciphers("AES128-SHA:@SECLEVEL=0")
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.wrap_socket(plain)
