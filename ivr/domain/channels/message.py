"""A message for a channel, as it waits in the outbox: a call left it, or the installation itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

_NOT_SENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# Why a message was not taken. `recipient`: nobody can be reached under that number or address; `sound`: what is to be
# attached is not kept yet; `opted_out`: the number is on a do-not-call list.
ChannelFailure = Literal[
    "timeout", "unreachable", "tls", "status", "refused", "login", "recipient", "secrets", "sound", "unknown",
    "opted_out",
]
# `not_sent`: nobody may be sent it.
MessageState = Literal["waiting", "delivered", "dead", "not_sent"]
# What comes of one attempt: taken, to be tried again, or refused for good.
Attempted = Literal["taken", "again", "refused"]


class AttachedSound(NamedTuple):
    """`name` is the variable's; `sound` names what is kept (`ivr.ports.sounds`)."""

    name: str
    sound: str


@dataclass(frozen=True, slots=True)
class Message:
    """`to` is a number in E.164 or a mail address; empty: those of the channel. `menu` is the menu's name, `caller`
    and `called` are the call's numbers in E.164, empty where there is none. With a `subject` it comes from the
    installation and not from a call; `html` is the same text for a mail, with its form."""

    text: str
    to: str = ""
    attach: tuple[AttachedSound, ...] = ()
    menu: str = ""
    caller: str = ""
    called: str = ""
    subject: str = ""
    html: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "to": self.to,
            "attach": [list(each) for each in self.attach],
            "menu": self.menu,
            "caller": self.caller,
            "called": self.called,
            "subject": self.subject,
            "html": self.html,
        }


def message_from_json(document: Mapping[str, Any]) -> Message:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    attach = tuple(AttachedSound(str(name), str(sound)) for name, sound in document["attach"])
    text, to, menu = document["text"], document["to"], document["menu"]
    # Those that an earlier release left have neither subject nor HTML.
    subject, html = document.get("subject", ""), document.get("html", "")
    message = Message(text, to, attach, menu, document["caller"], document["called"], subject, html)
    if not all(isinstance(each, str) for each in (text, to, menu, message.caller, message.called, subject, html)):
        raise ValueError("not a message")
    return message


def sendable(text: str) -> str:
    """Without what UTF-8 and mail cannot hold: halves of characters, and control characters but tabs and line
    ends."""
    return _NOT_SENDABLE.sub("", text)


class SentMessage(NamedTuple):
    """What came of one attempt. `status`: of HTTP or SMTP, where there was an answer; `said`: its words, in short;
    `rests_s`: how long it asks to be left alone."""

    attempted: Attempted
    failure: ChannelFailure | None = None
    status: int | None = None
    said: str = ""
    rests_s: float = 0.0


TAKEN = SentMessage("taken")
