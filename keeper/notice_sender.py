"""Sends the notices that calls left for services."""

from __future__ import annotations

import json

from ivr.clients.service_http import ServiceHttp
from ivr.domain.services import ServiceAnswer
from ivr.secrets import Sealer
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.notice_outbox import DueNotice, NoticeOutbox
from keeper.outgoing import Attempt, Outgoing


class NoticeSender(Outgoing[DueNotice]):
    """Each is a request to its service, as a call makes it."""

    def __init__(self, database: Database, sealer: Sealer, *, allow_private: bool) -> None:
        self._notices = NoticeOutbox(database)
        self._sealer = sealer
        self._http = ServiceHttp(sealer.find, allow_private)
        super().__init__("notice", self._notices, self._notify)

    def _notify(self, due: DueNotice) -> Attempt:
        answer = self._ask(due)
        return Attempt(self._notices.settle(due, answer), answer.failure)

    def _ask(self, due: DueNotice) -> ServiceAnswer:
        if due.definition is None:
            return ServiceAnswer(0, failure="unknown")
        text = self._sealer.find(due.sealed)
        if text is None:
            return ServiceAnswer(0, failure="refused")  # sealed with another DIGITREE_SECRET
        asked = self._http.ask(due.definition, json.loads(text), due.call_id, message_id=due.message_id)
        return asked.answer
