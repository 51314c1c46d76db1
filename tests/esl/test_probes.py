"""A look at the call server by /readyz is no call that broke, and what breaks off still is one."""

from __future__ import annotations

import gevent

from admin.health.checks import call_server
from tests.rig import Rig


def test_polling_readyz_counts_as_no_rejected_handshake(rig: Rig) -> None:
    host, port = rig.address[:2]
    check = call_server(f"{host}:{port}")
    for _ in range(20):
        assert gevent.get_hub().threadpool.apply(check).startswith("answers on")
    rig.drained()
    assert rig.server.counters == {}


def test_a_peer_that_says_no_more_than_a_probe_begins_with_still_counts(rig: Rig) -> None:
    for said in (b"", b"readyz", b"readyz\n\nUnique-ID: 1\n\n"):
        with rig.connect() as peer:
            assert peer.recv(64) == b"connect\n\n"
            peer.sendall(said)
    rig.drained()
    assert sum(rig.server.counters.values()) == 3
