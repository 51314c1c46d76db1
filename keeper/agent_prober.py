"""Probes agents' targets with OPTIONS: those that rest because calls found them unreachable, until they answer, and
every target of an agent with `options_ping`. Each target at most once in ten seconds, 64 in a round.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from ivr.clients.sip_probe import ask_options
from ivr.clients.tls_peers import TlsCheck, TlsRefused
from ivr.domain.agents import SIP_URI, Agent
from ivr.storage.redis.agent_health import AgentHealth

log = logging.getLogger(__name__)

PROBE_EVERY_S = 10.0
# A verdict outlives the next round by a little; when the keeper is gone, all targets are tried again.
VALID_S = 30.0
_AT_ONCE = 16
_MOST = 64


class Prober:
    """`agents` returns those whose targets are always probed. A target over TLS answers only with a certificate with
    which the switch would call it."""

    def __init__(self, health: AgentHealth, agents: Callable[[], Iterable[Agent]], tls: TlsCheck) -> None:
        self._health = health
        self._agents = agents
        self._tls = tls
        self._asked: dict[str, bool] = {}

    def look(self) -> None:
        """One round; raises StorageError."""
        wanted = {target.uri for agent in self._agents() if agent.options_ping for target in agent.targets}
        # Those probed longest ago come first, so every target has its turn.
        uris = [uri for uri in wanted | self._health.suspects() if SIP_URI.fullmatch(uri)]
        uris.sort(key=lambda uri: list(self._asked).index(uri) if uri in self._asked else -1)
        uris = uris[:_MOST]
        if not uris:
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = dict(zip(uris, pool.map(partial(answers_options, tls=self._tls), uris), strict=True))
        for uri, there in answers.items():
            if self._asked.pop(uri, there) != there:
                log.warning("agent target %s %s OPTIONS", uri, "answers" if there else "no longer answers")
            self._asked[uri] = there
        self._health.probed(
            [uri for uri, there in answers.items() if there],
            [uri for uri, there in answers.items() if not there],
            VALID_S,
        )


def answers_options(uri: str, *, tls: TlsCheck) -> bool:
    """Whether the address sends any reply to OPTIONS within three seconds."""
    try:
        return ask_options(uri, tls=tls) is not None
    except TlsRefused as error:
        log.warning("agent target %s: TLS: %s", uri, error.verdict)
        return False
