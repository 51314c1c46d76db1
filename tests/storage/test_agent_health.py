"""Addresses that fail are known to all processes, and those that are silent to OPTIONS are skipped."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from esl_server.agents.dialling import Agents
from esl_server.agents.health import FAILURES_IN_A_ROW, Health
from ivr.clients.tls_peers import TlsCheck
from ivr.domain.agents import Agent, Target
from ivr.domain.sip_options import find_peer
from ivr.secrets import Sealer
from ivr.storage.redis.agent_health import AgentHealth
from keeper.agent_prober import Prober, answers_options

A, B = "sip:a@192.0.2.1", "sip:b@192.0.2.2"
TLS = TlsCheck.of_machine()
SALES = Agent("sales", (Target(A), Target(B)))


@pytest.fixture
def shared(cache: str) -> AgentHealth:
    redis.Redis.from_url(cache).flushall()
    return AgentHealth(cache)


def two(shared: AgentHealth) -> tuple[Health, Health]:
    first, second = Health(), Health()
    first.share(shared)
    second.share(shared)
    return first, second


def test_failures_of_all_processes_are_counted_together(shared: AgentHealth) -> None:
    first, second = two(shared)
    for health in (first, second, first, second):
        health.note(A, "no_answer")
        health.share(shared)
    assert not first.is_resting(A)
    first.note(A, "error")
    first.share(shared)
    second.share(shared)
    assert first.is_resting(A)
    assert second.is_resting(A)


def test_one_success_anywhere_begins_the_count_anew(shared: AgentHealth) -> None:
    first, second = two(shared)
    for _ in range(FAILURES_IN_A_ROW - 1):
        first.note(A, "no_answer")
    first.share(shared)
    second.note(A, "answered")
    second.share(shared)
    second.note(A, "no_answer")
    second.share(shared)
    assert not second.is_resting(A)


def test_without_redis_each_process_counts_for_itself(tmp_path: object) -> None:
    health = Health()
    nowhere = AgentHealth("redis://127.0.0.1:1/0", timeout_s=0.1)
    for _ in range(FAILURES_IN_A_ROW):
        health.note(A, "unreachable")
        health.share(nowhere)
    assert health.is_resting(A)
    assert not health.is_silent(A)


def test_an_unreachable_address_that_is_silent_to_options_is_skipped_until_it_answers(shared: AgentHealth) -> None:
    with sip_listener(answers=False) as port:
        uri = f"sip:agent@127.0.0.1:{port}"
        agent = Agent("sales", (Target(uri), Target(B)))
        health = Health()
        agents = Agents(agent, "digitree", Sealer(lambda: b"x"), health)
        lines = agents.targets_of(agent)
        health.note(uri, "unreachable")
        health.share(shared)
        assert shared.suspects() == set(), "an address that failed once gets calls and nothing else"
        for _ in range(4):
            health.note(uri, "unreachable")
        health.share(shared)
        Prober(shared, lambda: [], TLS).look()
        health.share(shared)
        assert agents.worth_trying(lines) == [1]
        assert agents.worth_trying(lines[:1]) == [0]
    with sip_listener(answers=True, port=port):
        Prober(shared, lambda: [], TLS).look()
    health.share(shared)
    assert not health.is_silent(uri)
    assert shared.suspects() == set()
    health.note(uri, "answered")
    assert agents.worth_trying(lines) == [1]
    health.share(shared)
    assert agents.worth_trying(lines) == [0, 1]


def test_an_agent_who_wants_it_is_always_asked(shared: AgentHealth) -> None:
    agent = Agent("sales", (Target("sip:a@127.0.0.1:1"),), options_ping=True)
    Prober(shared, lambda: [agent], TLS).look()
    health = Health()
    health.share(shared)
    assert health.is_silent("sip:a@127.0.0.1:1")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_any_answer_will_do(transport: str) -> None:
    with sip_listener(answers=True, transport=transport) as port:
        assert answers_options(f"sip:agent@127.0.0.1:{port};transport={transport}", tls=TLS)
    assert not answers_options("sip:agent@127.0.0.1:1;transport=tcp", tls=TLS)


@pytest.mark.parametrize(
    ("uri", "peer"),
    [("sip:a@h.test", ("h.test", 5060, "udp")), ("sips:h.test", ("h.test", 5061, "tls")),
     ("sip:a@[::1]:5070;transport=tcp", ("::1", 5070, "tcp")), ("sip:h:99999", None)],
)  # fmt: skip
def test_where_an_address_leads(uri: str, peer: tuple[str, int, str] | None) -> None:
    assert find_peer(uri) == peer


@contextmanager
def sip_listener(*, answers: bool, port: int = 0, transport: str = "udp") -> Iterator[int]:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        if transport == "tcp":
            sock.listen()

        def run() -> None:
            try:
                if transport == "tcp":
                    peer, _ = sock.accept()
                    assert peer.recv(4096).startswith(b"OPTIONS sip:")
                    peer.sendall(b"SIP/2.0 405 Method Not Allowed\r\n\r\n")
                    return
                while True:
                    data, sender = sock.recvfrom(4096)
                    assert data.startswith(b"OPTIONS sip:agent@")
                    if answers:
                        sock.sendto(b"SIP/2.0 405 Method Not Allowed\r\n\r\n", sender)
            except OSError:
                return

        threading.Thread(target=run, daemon=True).start()
        yield sock.getsockname()[1]
        sock.close()


