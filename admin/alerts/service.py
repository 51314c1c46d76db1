"""The settings of alerts, and a test that they arrive."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from ivr.domain.alerts.letters import trial_message
from ivr.domain.alerts.settings import AlertSettings, Recipient
from ivr.domain.call_records import new_id
from ivr.domain.channels.definition import Channel
from ivr.domain.channels.mail_addresses import ADDRESS_RULE, is_address
from ivr.domain.channels.names import CHANNEL_NAME
from ivr.domain.errors import InvalidNumber, IvrError
from ivr.domain.numbers import parse_e164
from ivr.domain.problems import Problem
from ivr.ports.alerts import AlertStore, StoredAlertSettings
from ivr.ports.channels import ChannelStore
from ivr.ports.checks import accept
from ivr.secrets import Sealer


class InvalidRecipients(IvrError):
    """`problems` names each recipient that nothing can be sent to."""

    code = "invalid_recipients"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(each.message for each in problems))
        self.problems = problems


@dataclass(frozen=True)
class AlertDesk:
    """`url` is what links begin with."""

    store: AlertStore
    channels: ChannelStore
    sealer: Sealer
    url: str

    def put(
        self, settings: AlertSettings, *, actor: str, check: Callable[[StoredAlertSettings], object] = accept
    ) -> StoredAlertSettings:
        """Raises InvalidRecipients."""
        problems = [
            found for n, each in enumerate(settings.recipients) if (found := self._problem(each, n)) is not None
        ]
        if problems:
            raise InvalidRecipients(problems)
        return self.store.put_settings(settings, actor=actor, check=check)

    def test(self, *, actor: str) -> int:
        """Send each recipient a test; returns the number of messages."""
        messages = []
        for each in self.store.settings().settings.recipients:
            stored = self.channels.find(each.channel)
            if stored is not None:
                sealed = self.sealer.seal(json.dumps(trial_message(each.to, self.url).to_json()))
                messages.append((new_id("alert"), stored.channel.reference, sealed))
        if messages:
            self.store.post(messages, actor=actor)
        return len(messages)

    def _problem(self, recipient: Recipient, n: int) -> Problem | None:
        is_name = CHANNEL_NAME.fullmatch(recipient.channel) is not None
        stored = self.channels.find(recipient.channel) if is_name else None
        if stored is None:
            return Problem(f"/recipients/{n}/channel", "no_channel", "there is no channel of this name")
        return _unreachable(stored.channel, recipient.to, f"/recipients/{n}/to")


def _unreachable(channel: Channel, to: str, at: str) -> Problem | None:
    if channel.kind == "mail":
        return None if not to or is_address(to) else Problem(at, "invalid_address", ADDRESS_RULE)
    if channel.kind == "chat":
        return None if not to else Problem(at, "no_address", "a chat has no addresses; leave this empty")
    try:
        parse_e164(to)
    except InvalidNumber:
        return Problem(at, "invalid_number", "a text message goes to a number such as +14155550100")
    return None
