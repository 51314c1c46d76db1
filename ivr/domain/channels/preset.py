"""The form of a preset of channels: which fields it has, and what is sent.

`{name}` in a URL, a header or a body stands for a field of the channel, or for a part of the message: text, to,
caller, called, menu, message_id. What stands for it never adds a field, a header or a part of a URL (`requests`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from ivr.domain.channels.names import ChannelKind

FieldKind = Literal["text", "url", "host", "choice", "json"]
Escape = Literal["none", "slack"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of a channel. `secret`: stored encrypted and never shown. `default` is used where it is absent;
    without one a field that is not `required` is empty. `options` are the words of a choice, for people beside."""

    name: str
    label: str
    pattern: re.Pattern[str]
    rule: str
    hint: str = ""
    example: str = ""
    kind: FieldKind = "text"
    secret: bool = False
    required: bool = True
    default: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "hint": self.hint,
            "example": self.example or None,
            "secret": self.secret,
            "required": self.required,
            "default": self.default or None,
            "kind": self.kind,
            "options": [{"id": word, "label": label} for word, label in self.options],
        }


@dataclass(frozen=True, slots=True)
class HttpForm:
    """A POST. `json` or `form` is its body; the JSON of a channel with a field `body` is that field's. `basic` are
    the fields with user and password, `bearer` is the field with the token, `token_url` where one is fetched for
    `basic` first (OAuth 2.0 client credentials). `key_header` takes the message's id, so that what was sent twice is
    recognised. `longest`: longer texts are cut."""

    url: str
    json: Any = None
    form: Mapping[str, str] | None = None
    basic: tuple[str, str] | None = None
    bearer: str | None = None
    token_url: str | None = None
    key_header: str | None = None
    longest: int = 4000
    escape: Escape = "none"
    has_headers: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """`http` None: mail by SMTP. `sources`: the pages that say so, as they were on the day `checked`; none: nobody's
    documentation."""

    id: str
    kind: ChannelKind
    title: str
    fields: tuple[SettingField, ...]
    http: HttpForm | None
    note: str = ""
    sources: tuple[str, ...] = ()
    checked: date | None = None

    def field(self, name: str) -> SettingField | None:
        return next((each for each in self.fields if each.name == name), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "title": self.title,
            "fields": [each.to_json() for each in self.fields],
            "headers": self.http is not None and self.http.has_headers,
            "note": self.note,
            "sources": list(self.sources),
            "checked": self.checked and self.checked.isoformat(),
        }
