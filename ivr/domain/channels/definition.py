"""A channel as an administrator defines it: a way by which menus send mail, text messages or words to a chat.

The document that `Channel.to_json` makes is what the store keeps. Its secrets are sealed (`ivr.secrets`), and so it
goes neither into an API answer nor into a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.channels.names import CHANNEL_NAME, ChannelKind, reference
from ivr.domain.channels.presets import PRESETS, Preset
from ivr.domain.sealed_headers import MAX_HEADERS, is_header_name, is_sealed

MAX_CHANNELS = 100


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as it is stored. `settings` and `secrets` are the fields of its preset by their names, `headers` go
    along with each request of a preset that has them: secrets and headers with sealed values. `allow_private`: what
    it sends to may be inside a private network."""

    name: str
    preset_id: str
    settings: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    allow_private: bool = False

    @property
    def preset(self) -> Preset:
        return PRESETS[self.preset_id]

    @property
    def kind(self) -> ChannelKind:
        return self.preset.kind

    @property
    def reference(self) -> str:
        return reference(self.kind, self.name)

    def public_json(self) -> dict[str, Any]:
        """What may be shown: of secrets and headers their names."""
        return {
            "kind": self.kind,
            "preset": self.preset_id,
            "settings": dict(self.settings),
            "secrets": [name for name, _ in self.secrets],
            "headers": [name for name, _ in self.headers],
            "allow_private": self.allow_private,
        }

    def to_json(self) -> dict[str, Any]:
        """The document that parse_channel reads, sealed secrets included."""
        return {**self.public_json(), "secrets": dict(self.secrets), "headers": dict(self.headers)}


def parse_channel(name: str, document: Mapping[str, Any]) -> Channel:
    """A stored channel; raises ValueError (or KeyError, TypeError) for one that could not have been stored."""
    channel = Channel(
        name,
        document["preset"],
        tuple(document["settings"].items()),
        tuple(document["secrets"].items()),
        tuple(document["headers"].items()),
        document["allow_private"] is True,
    )
    if not CHANNEL_NAME.fullmatch(name) or channel.preset_id not in PRESETS:
        raise ValueError("a channel without a name or a preset")
    if not all(isinstance(value, str) for _, value in channel.settings):
        raise ValueError(f"channel {name} has a setting that is no text")
    if len(channel.headers) > MAX_HEADERS or not all(is_header_name(header) for header, _ in channel.headers):
        raise ValueError(f"channel {name} has a header that may not be sent")
    if not all(is_sealed(value) for _, value in (*channel.secrets, *channel.headers)):
        raise ValueError(f"channel {name} has a secret that is not sealed")
    return channel
