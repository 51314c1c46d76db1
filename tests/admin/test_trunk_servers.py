"""Test this trunk asks whom FreeSWITCH would call: the servers that SRV records name."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import dns.name
import dns.resolver
import pytest

from admin.trunks.standing import TrunkStanding
from ivr.clients.host_addresses import find_servers
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.trunks.hosts import Host
from ivr.domain.trunks.model import Trunk

CARRIER = Host("sip.carrier.example")
TRUNK = Trunk("carrier", hosts=(CARRIER,), lookup="srv")


@contextmanager
def server(status: int = 200) -> Iterator[int]:
    """The port of one that answers OPTIONS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (request := sock.recvfrom(4096))[0]:
                sock.sendto(f"SIP/2.0 {status} X\r\n\r\n".encode(), request[1])

        serving = threading.Thread(target=serve)
        serving.start()
        yield sock.getsockname()[1]
        sock.sendto(b"", sock.getsockname())
        serving.join()


def records(monkeypatch: pytest.MonkeyPatch, *found: tuple[int, int, int, str] | Exception) -> list[str]:
    """SRV records: priority, weight, port, target; or why there are none. What was asked for is listed."""
    asked: list[str] = []

    def resolve(name: str, kind: str, lifetime: float) -> list[SimpleNamespace]:
        asked.append(f"{kind} {name}")
        for each in found:
            if isinstance(each, Exception):
                raise each
        names = ("priority", "weight", "port")
        return [
            SimpleNamespace(**dict(zip(names, each[:3], strict=True)), target=dns.name.from_text(each[3]))
            for each in found
            if not isinstance(each, Exception)
        ]

    monkeypatch.setattr(dns.resolver, "resolve", resolve)
    return asked


def said(tmp_path: Path, trunk: Trunk = TRUNK) -> tuple[bool | None, str]:
    def connect() -> object:
        raise AssertionError("the switch is not asked")

    trial = TrunkStanding(tmp_path / "states.json", connect, TlsCheck.of_machine()).test(trunk)  # type: ignore[arg-type]
    return trial.works, trial.said


def test_servers_are_tried_by_priority_then_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ((20, 0, 5060, "c.example."), (10, 1, 5070, "b.example."), (10, 9, 5080, "a.example."))
    asked = records(monkeypatch, *rows)
    assert [*map(str, find_servers(CARRIER, "tls"))] == ["a.example:5080", "b.example:5070", "c.example:5060"]
    assert asked == ["SRV _sips._tcp.sip.carrier.example."]
    # A port or an address leaves nothing to look up.
    for host in (Host("sip.carrier.example", 5060), Host("192.0.2.1")):
        assert find_servers(host, "udp") == [host]
    assert len(asked) == 1
    records(monkeypatch, dns.resolver.NXDOMAIN())
    assert find_servers(CARRIER, "udp") == [CARRIER]


def test_a_trunk_whose_host_has_srv_records_alone_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as port:
        records(monkeypatch, (10, 0, 1, "127.0.0.1."), (20, 0, port, "127.0.0.1."))
        assert said(tmp_path) == (True, "sip.carrier.example answers")


def test_a_server_that_refuses_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(403) as port:
        records(monkeypatch, (10, 0, port, "127.0.0.1."))
        works, words = said(tmp_path)
    assert (works, "refused with 403" in words) == (False, True)


def test_a_name_server_that_is_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records(monkeypatch, dns.resolver.NoNameservers())
    assert said(tmp_path) == (False, "sip.carrier.example is not known to the DNS just now: look at its name")
