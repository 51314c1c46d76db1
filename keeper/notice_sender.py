"""Sends the notices that calls left for services."""

from __future__ import annotations

import json
import logging
from collections import Counter

from ivr.clients.service_http import ServiceHttp
from ivr.domain.errors import StorageError
from ivr.domain.services import ServiceAnswer
from ivr.secrets import Sealer
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import AT_ONCE, DueNotice, NoticeOutbox
from keeper.outgoing import Outgoing

log = logging.getLogger(__name__)


class NoticeSender:
    """`counters`: attempts by result (delivered, failed, dead)."""

    def __init__(self, database: Database, sealer: Sealer, *, allow_private: bool) -> None:
        self._outbox = NoticeOutbox(database)
        self._sealer = sealer
        self._http = ServiceHttp(sealer.find, allow_private)
        self._outgoing = Outgoing(
            "notice",
            claim=self._outbox.claim,
            send=self._send,
            receiver_of=lambda due: due.service,
            at_once=AT_ONCE,
            count=self._outbox.waiting,
        )
        self.run = self._outgoing.run
        self.counters: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        return self._outgoing.waiting

    def _send(self, due: DueNotice) -> None:
        try:
            answer = self._ask(due)
            state = self._outbox.settle(due, answer)
            self.counters["failed" if state == "waiting" else state] += 1
            if state == "dead":
                log.warning("service %s: notice %s of %s is dead after %d attempts: %s", due.service, due.message_id,
                            due.call_id, due.attempts, answer.failure)
        except StorageError as error:
            log.error("service %s: %s", due.service, error)  # its lease ends, then it is tried again
        except Exception:
            log.exception("service %s: notice %s could not be sent", due.service, due.message_id)

    def _ask(self, due: DueNotice) -> ServiceAnswer:
        if due.definition is None:
            return ServiceAnswer(0, failure="unknown")
        text = self._sealer.find(due.sealed)
        if text is None:
            return ServiceAnswer(0, failure="refused")  # sealed with another DIGITREE_SECRET
        asked = self._http.ask(due.definition, json.loads(text), due.call_id, message_id=due.message_id)
        return asked.answer
