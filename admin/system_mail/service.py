"""Mail of the installation itself, by the channel that was chosen for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

from ivr.domain.call_records import new_id
from ivr.domain.channels.message import Message
from ivr.ports.system_mail import SystemMailStore
from ivr.secrets import Sealer


class Letter(NamedTuple):
    """`text` has `{link}` where the link is to stand."""

    subject: str
    text: str


@dataclass(frozen=True)
class SystemMailer:
    """`url` is what its links begin with: as it is configured, never as a request has it."""

    store: SystemMailStore
    sealer: Sealer
    url: str

    def is_ready(self) -> bool:
        """Whether a channel was chosen."""
        return self.store.channel() is not None

    def send(self, to: str, letter: Letter, path: str) -> bool:
        """Put this letter, with a link to this path, into the outbox; False when no channel was chosen. Raises
        StorageUnavailable."""
        channel = self.store.channel()
        if channel is None:
            return False
        text = letter.text.replace("{link}", self.url + path)
        message = Message(text, to, subject=letter.subject)
        self.store.post(channel, new_id("mail"), self.sealer.seal(json.dumps(message.to_json())))
        return True
