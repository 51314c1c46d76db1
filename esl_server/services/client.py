"""The services that menus ask, over the network: a call waits in its own greenlet, for three seconds at most.

A service whose breaker is open fails at once. An answer that the service allows to be used again is not asked for
again while it holds. A notice goes to the journal, which the keeper sends from, and so does a message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import gevent

from esl_server.services.answers import Kept, KeptAnswers
from esl_server.services.breakers import Breakers, is_well
from ivr.clients.service_http import Asked
from ivr.domain.channels.message import Message
from ivr.domain.service_definition import Service
from ivr.domain.service_exchange import content_key, judge
from ivr.domain.services import ServiceAnswer

log = logging.getLogger(__name__)


class FindService(Protocol):
    """The definition of a name; None where there is none."""

    def find(self, name: str) -> Service | None: ...


class AskService(Protocol):
    """Does not raise (ivr.clients.service_http)."""

    def ask(self, service: Service, variables: Mapping[str, Any], call_id: str) -> Asked: ...


# A service, what came of asking it (ok, kept, or the failure), and the milliseconds that the call waited.
AskedCounter = Callable[[str, str, int], None]


@dataclass(frozen=True, slots=True)
class NetworkServices:
    """ivr.domain.services.Services. One for each process, for greenlets. `pause` is called between an answer and what
    the call does with it."""

    known: FindService
    http: AskService
    notices: Callable[[str, Mapping[str, Any], str, str], bool]
    count: AskedCounter = lambda service, result, ms: None
    breakers: Breakers = field(default_factory=Breakers)
    answers: KeptAnswers = field(default_factory=KeptAnswers)
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[], None] = lambda: None

    def ask(self, service: str, sent: Mapping[str, Any], call_id: str) -> ServiceAnswer:
        definition = self.known.find(service)
        if definition is None:
            log.warning("%s: there is no service %s", call_id, service)
            return ServiceAnswer(0, failure="unknown")
        answer, was_kept = self._answer(definition, sent, call_id)
        self.count(service, "kept" if was_kept else answer.failure or "ok", answer.ms)
        if answer.failure is not None:
            log.warning("%s: service %s failed: %s (%s)", call_id, service, answer.failure, answer.status)
        return answer

    def notify(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        return self.notices(service, sent, call_id, place)

    def send(self, channel: str, message: Message, call_id: str, place: str) -> bool:
        return self.notices(channel, message.to_json(), call_id, place)

    def _answer(self, service: Service, sent: Mapping[str, Any], call_id: str) -> tuple[ServiceAnswer, bool]:
        """The answer, and whether it is one that was kept."""
        try:
            key = service, content_key(sent)
        except (TypeError, ValueError):
            log.exception("%s: what service %s is sent is no JSON", call_id, service.name)
            return ServiceAnswer(0, failure="refused"), False
        kept = self.answers.find(key, self.clock())
        if kept is not None:
            return ServiceAnswer(0, kept.status, judge(kept.status, "", kept.text).body), True
        # A service that got another address is another one.
        asked_at = f"{service.name} {service.url}"
        if not self.breakers.lets_through(asked_at):
            return ServiceAnswer(0, failure="circuit_open"), False
        asked = self._ask(service, sent, call_id)
        answer = asked.answer
        self.breakers.note(asked_at, answered=is_well(answer))
        if asked.kept_s and answer.status is not None:
            self.answers.keep(key, Kept(answer.status, asked.text, self.clock() + asked.kept_s))
        return answer, False

    def _ask(self, service: Service, sent: Mapping[str, Any], call_id: str) -> Asked:
        """Bounded as a whole, the resolution of its name included. An answer that came in time counts, however long
        it waits for its turn."""
        began = self.clock()
        asked = None
        with gevent.Timeout(service.timeout_s, False):
            asked = self.http.ask(service, sent, call_id)
            self.pause()
        if asked is None:
            return Asked(ServiceAnswer(round((self.clock() - began) * 1000), failure="timeout"))
        return asked
