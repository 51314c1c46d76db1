"""Probes agents' targets with OPTIONS: those that rest because calls found them unreachable, until they answer, and
every target of an agent with `options_ping`. Each target at most once in ten seconds, 64 in a round.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ivr.clients.sip_probe import ask_options
from ivr.clients.tls_peers import TlsCheck, TlsRefused
from ivr.domain.agents import SIP_URI, Agent
from ivr.domain.sip_options import find_peer
from ivr.domain.tls_verdicts import TlsVerify, wanted_name
from ivr.storage.redis.agent_health import AgentHealth

log = logging.getLogger(__name__)

PROBE_EVERY_S = 10.0
# A verdict outlives the next round by a little; when the keeper is gone, all targets are tried again.
VALID_S = 30.0
_AT_ONCE = 16
_MOST = 64


class Prober:
    """`agents` returns those whose targets are always probed, and those with `tls_verify` wildcard. A target over TLS
    answers only with a certificate with which the switch would call it."""

    def __init__(self, health: AgentHealth, agents: Callable[[], Iterable[Agent]], tls: TlsCheck) -> None:
        self._health = health
        self._agents = agents
        self._tls = tls
        self._asked: dict[str, bool] = {}

    def look(self) -> None:
        """One round; raises StorageError."""
        agents = list(self._agents())
        wanted = {target.uri for agent in agents if agent.options_ping for target in agent.targets}
        # Those probed longest ago come first, so every target has its turn.
        uris = [uri for uri in wanted | self._health.suspects() if SIP_URI.fullmatch(uri)]
        uris.sort(key=lambda uri: list(self._asked).index(uri) if uri in self._asked else -1)
        uris = uris[:_MOST]
        if not uris:
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            ask = partial(answers_options, tls=self._tls, wildcards=_wildcards(agents))
            answers = dict(zip(uris, pool.map(ask, uris), strict=True))
        for uri, there in answers.items():
            if self._asked.pop(uri, there) != there:
                log.warning("agent target %s %s OPTIONS", uri, "answers" if there else "no longer answers")
            self._asked[uri] = there
        self._health.probed(
            [uri for uri, there in answers.items() if there],
            [uri for uri, there in answers.items() if not there],
            VALID_S,
        )


def _wildcards(agents: Iterable[Agent]) -> frozenset[str]:
    peers = [find_peer(target.uri) for agent in agents if agent.tls_verify == "wildcard" for target in agent.targets]
    return frozenset(wanted_name(peer.host, "wildcard") for peer in peers if peer is not None)


def answers_options(uri: str, *, tls: TlsCheck, wildcards: Collection[str] = ()) -> bool:
    """Whether the address sends any reply to OPTIONS within three seconds. `wildcards`: the names of certificates
    (`*.example.com`) that agents allow."""
    peer = find_peer(uri)
    allowed = peer is not None and wanted_name(peer.host, "wildcard") in wildcards
    verify: TlsVerify = "wildcard" if allowed else "name"
    try:
        return ask_options(uri, tls=tls, verify=verify) is not None
    except TlsRefused as error:
        log.warning("agent target %s: TLS: %s", uri, error.verdict)
        return False
