"""A message as mail: what a caller said stands in its body alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from ivr.domain.channels.mail_addresses import addresses_in
from ivr.domain.channels.message import Message, sendable

_ENDINGS = {
    "audio/flac": "flac", "audio/x-flac": "flac", "audio/ogg": "ogg", "audio/opus": "opus", "audio/wav": "wav",
    "audio/x-wav": "wav", "audio/mpeg": "mp3",
}  # fmt: skip


class Attached(NamedTuple):
    """A sound to be attached; `content` None: it is no longer there."""

    name: str
    content: bytes | None
    media_type: str = "audio/flac"


class Mail(NamedTuple):
    """`to` are the addresses of the envelope."""

    sender: str
    to: Sequence[str]
    content: bytes


def mail_of(
    fields: Mapping[str, str],
    message: Message,
    sounds: Iterable[Attached],
    message_id: str,
    left_at: datetime,
    call_id: str,
    firm: str = "",
) -> Mail:
    """The mail of this message; the same bytes each time, but for the lines between its parts, and with the same
    Message-ID: one that is sent again can be recognised. `firm`: the name beside the sender's address."""
    sender, to = fields["from"], [message.to] if message.to else addresses_in(fields["to"])
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(_one_line(sendable(firm)), addr_spec=sender) if firm else sender
    mail["To"] = ", ".join(to)
    from_call = f"{sendable(message.menu)}: call from {message.caller or 'a withheld number'}"
    mail["Subject"] = _one_line(sendable(message.subject) or from_call)
    mail["Date"] = format_datetime(left_at)
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    attached = list(sounds)
    if message.subject:
        mail.set_content(sendable(message.text))
        if message.html:
            mail.add_alternative(sendable(message.html), subtype="html")
    else:
        mail["X-Digitree-Call"] = call_id
        mail.set_content(_body(message, attached, left_at, call_id))
    for sound in attached:
        if sound.content is not None:
            maintype, _, subtype = sound.media_type.partition("/")
            name = f"{sound.name}.{_ENDINGS.get(sound.media_type, 'bin')}"
            mail.add_attachment(sound.content, maintype=maintype, subtype=subtype, filename=name)
    return Mail(sender, to, mail.as_bytes())


def _body(message: Message, sounds: Iterable[Attached], left_at: datetime, call_id: str) -> str:
    gone = [each.name for each in sounds if each.content is None]
    parts = [
        sendable(message.text),
        *(f"The recording {name} is no longer kept." for name in gone),
        f"Caller: {message.caller or 'withheld'}\nCalled: {message.called}\n"
        f"When: {left_at:%Y-%m-%d %H:%M} UTC\nCall: {call_id}",
    ]
    return "\n\n".join(part.replace("\r\n", "\n").replace("\r", "\n") for part in parts if part) + "\n"


def _one_line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
