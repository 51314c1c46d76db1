"""Notices for services, and messages for channels: one record in the journal each, before the call goes on. It
survives the process, and Postgres and Redis are not needed; the keeper sends it (`keeper/notice_sender.py`,
`keeper/message_sender.py`)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Protocol

from ivr.domain.call_records import new_id, utc_now
from ivr.domain.errors import StorageUnavailable
from ivr.domain.notices import Notice
from ivr.storage.disk.journal import Kind
from ivr.storage.disk.segments import Document

log = logging.getLogger(__name__)


class NoticeJournal(Protocol):
    """Raises StorageUnavailable when its disk is full or failing."""

    def append(self, kind: Kind, document: Document) -> int: ...


class Notices:
    """`seal` encrypts what is sent."""

    def __init__(self, journal: NoticeJournal, seal: Callable[[str], str]) -> None:
        self._journal = journal
        self._seal = seal

    def leave(self, service: str, sent: Mapping[str, Any], call_id: str, place: str = "") -> bool:
        """False: the journal did not take it. The place in the call names the notice: one that is left again by the
        next worker is not sent twice."""
        try:
            sealed = self._seal(json.dumps(sent, separators=(",", ":"), allow_nan=False))
            notice = Notice(_id_of(call_id, place), service, call_id, sealed, utc_now())
            self._journal.append("notice", notice.to_json())
        except (StorageUnavailable, TypeError, ValueError) as error:
            log.critical("%s: a notice for %s is lost: %s", call_id, service, error)
            return False
        return True


def _id_of(call_id: str, place: str) -> str:
    if not place:
        return new_id("msg_notice")
    return f"msg_notice{blake2b(f'{call_id} {place}'.encode(), digest_size=16).hexdigest()}"
