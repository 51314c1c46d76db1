"""Sends the messages that calls left for channels."""

from __future__ import annotations

import json

from ivr.clients.channels import ChannelSender
from ivr.domain.channels.message import SentMessage, message_from_json
from ivr.domain.errors import StorageError
from ivr.ports.sounds import SoundReader
from ivr.secrets import Sealer
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.firm import PostgresFirm
from ivr.storage.postgres.notice_outbox import DueMessageOut, MessageOutbox
from keeper.outgoing import Attempt, Outgoing

# What is cut off is sent again, and people would have it twice.
_LAST_S = 5.0


class MessageSender(Outgoing[DueMessageOut]):
    """Each by its channel as it is now. A number on a do-not-call list gets none: it is looked up with each
    attempt."""

    def __init__(self, database: Database, sealer: Sealer, sounds: SoundReader, *, allow_private: bool) -> None:
        self._messages = MessageOutbox(database)
        self._sealer = sealer
        self._firm = PostgresFirm(database)
        self._sender = ChannelSender(sealer.find, sounds, allow_private, firm=self._firm_name)
        super().__init__("message", self._messages, self._send_one, last_s=_LAST_S)

    def _firm_name(self) -> str:
        try:
            return self._firm.get().name
        except StorageError:
            return ""

    def _send_one(self, due: DueMessageOut) -> Attempt:
        sent = self._try(due)
        return Attempt(self._messages.settle(due, sent), sent.failure)

    def _try(self, due: DueMessageOut) -> SentMessage:
        if due.channel is None:
            return SentMessage("again", "unknown")
        text = self._sealer.find(due.sealed)
        if text is None:
            return SentMessage("again", "secrets")  # sealed with another DIGITREE_SECRET
        message = message_from_json(json.loads(text))
        if due.channel.kind == "sms" and self._messages.is_opted_out(message.to):
            return SentMessage("refused", "opted_out")
        return self._sender.send(due.channel, message, due.message_id, due.left_at, due.call_id)
