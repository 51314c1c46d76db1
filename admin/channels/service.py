"""Channels: what is written of them is sealed here, and one can be tried by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from admin.channels.errors import InvalidChannel
from ivr.clients.channels import ChannelSender
from ivr.domain.call_records import new_id, utc_now
from ivr.domain.channels.definition import Channel
from ivr.domain.channels.message import Message, SentMessage
from ivr.domain.channels.preset import Preset
from ivr.domain.channels.presets import PRESETS
from ivr.domain.channels.rules import channel_faults, fault_of_field
from ivr.domain.problems import Problem, pointer
from ivr.domain.sealed_headers import sealed_headers
from ivr.ports.channels import ChannelStore, StoredChannel
from ivr.ports.checks import accept
from ivr.secrets import Sealer

Check = Callable[[Channel], object]

@dataclass(frozen=True)
class ChannelDesk:
    """A change holds for the next message. `check` may refuse the channel that is there by an exception."""

    store: ChannelStore
    sealer: Sealer
    sender: ChannelSender

    def create(self, name: str, preset: str, body: Mapping[str, Any], *, actor: str) -> StoredChannel:
        """Create a channel from a body of admin.channels.schema. Raises InvalidChannel, ChannelTaken."""
        return self.store.create(self._laid_over(Channel(name, preset), body), actor=actor)

    def patch(self, name: str, body: Mapping[str, Any], *, actor: str, check: Check = accept) -> StoredChannel | None:
        """Replace the fields in `body`; None when there is no such channel. Raises InvalidChannel."""

        def change(channel: Channel) -> Channel:
            check(channel)
            return self._laid_over(channel, body)

        return self.store.edit(name, change, actor=actor)

    def delete(self, name: str, *, force: bool, actor: str, check: Check = accept) -> bool:
        """False when there is no such channel. Raises ChannelInUse."""
        return self.store.delete(name, actor=actor, force=force, check=check)

    def send(self, name: str, text: str, to: str, *, actor: str) -> SentMessage | None:
        """Send one message at once, past the outbox; None when there is no such channel."""
        stored = self.store.find_to_try(name, actor=actor)
        if stored is None:
            return None
        message = Message(text, to, menu="Test")
        return self.sender.send(stored.channel, message, new_id("msg_try"), utc_now(), new_id("try"))

    def _laid_over(self, channel: Channel, body: Mapping[str, Any]) -> Channel:
        preset, faults = PRESETS[channel.preset_id], list[Problem]()
        settings, secrets = dict(channel.settings), dict(channel.secrets)
        for name, value in body.get("settings", {}).items():
            self._set(preset, name, value, settings, secrets, faults)
        changed = replace(
            channel,
            settings=tuple(settings.items()),
            secrets=tuple(secrets.items()),
            allow_private=body.get("allow_private", channel.allow_private),
        )
        if "headers" in body:
            if preset.http is None or not preset.http.has_headers:
                if body["headers"]:
                    text = f"{preset.title} has no headers: leave them out"
                    faults.append(Problem("/headers", "unknown_field", text))
            else:
                headers, wrong = sealed_headers(channel.headers, body["headers"], self.sealer.seal)
                changed, faults = replace(changed, headers=headers), [*faults, *wrong]
        faults += channel_faults(changed)
        if faults:
            raise InvalidChannel(faults)
        return changed

    def _set(
        self,
        preset: Preset,
        name: str,
        value: str | int | None,
        settings: dict[str, str],
        secrets: dict[str, str],
        faults: list[Problem],
    ) -> None:
        """None takes the field away, and so does an empty text."""
        at, form = pointer("settings", name), preset.field(name)
        if form is None:
            known = ", ".join(each.name for each in preset.fields)
            faults.append(Problem(at, "unknown_field", f"{preset.title} has no such field; it has {known}"))
            return
        kept = secrets if form.secret else settings
        text = "" if value is None else str(value)
        kept.pop(name, None)
        if not text:
            return
        wrong = fault_of_field(form, text)
        if wrong is not None:
            faults.append(Problem(at, "invalid_setting", wrong))
            return
        kept[name] = self.sealer.seal(text) if form.secret else text
