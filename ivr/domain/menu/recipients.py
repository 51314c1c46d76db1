"""Whom a message goes to, once a call says it: `mail:reception`, `sms:{caller}`, `sms:alerts:{found.mobile}`."""

from __future__ import annotations

import re
from typing import NamedTuple

from ivr.domain.channels.mail_addresses import is_address
from ivr.domain.channels.names import CHANNEL_NAME, DEFAULT_SMS, reference
from ivr.domain.errors import InvalidNumber
from ivr.domain.menu.variables import REFERENCE_PATTERN, Memory, text_of
from ivr.domain.numbers import read_number

_NUMBER = r"\+[1-9][0-9]{6,14}"
_NAME_OR_VARIABLE = rf"(?:{CHANNEL_NAME.pattern}|{REFERENCE_PATTERN})"
# mail:NAME, chat:NAME, sms:NAME, each name perhaps a variable's; of mail and text messages also whom it goes to.
TO_PATTERN = (
    rf"(?:chat:{_NAME_OR_VARIABLE}"
    rf"|mail:{_NAME_OR_VARIABLE}(?::{REFERENCE_PATTERN})?"
    rf"|sms:(?:{CHANNEL_NAME.pattern}(?::(?:{REFERENCE_PATTERN}|{_NUMBER}))?|{REFERENCE_PATTERN}|{_NUMBER}))"
)
TO = re.compile(TO_PATTERN, re.ASCII)
TO_RULE = (
    "a message goes to mail:NAME, chat:NAME or sms:NAME, the name of a channel, or to sms:{variable}; "
    "sms:NAME:{variable} goes to another number than the caller's"
)


class Destination(NamedTuple):
    """`channel` is a reference such as `mail:reception`, `to` whom the message goes to: a number in E.164, a mail
    address, or empty for those that the channel has."""

    channel: str
    to: str


def find_destination(to: str, memory: Memory, region: str) -> Destination | None:
    """Where a call's message goes that knows this much; None: nobody can be reached so."""
    kind, _, rest = to.partition(":")
    if kind == "sms" and rest[:1] in "{+":
        return _text_message(DEFAULT_SMS, rest, memory, region)
    name, _, whom = rest.partition(":")
    channel = _value(name, memory)
    if not CHANNEL_NAME.fullmatch(channel):
        return None
    if kind == "sms":
        return _text_message(channel, whom or "{caller}", memory, region)
    if kind == "mail" and whom:
        address = _value(whom, memory)
        return Destination(reference(kind, channel), address) if is_address(address) else None
    return Destination(reference(kind, channel), "")


def _text_message(channel: str, whom: str, memory: Memory, region: str) -> Destination | None:
    try:
        return Destination(reference("sms", channel), read_number(_value(whom, memory), region))
    except InvalidNumber:
        return None


def _value(given: str, memory: Memory) -> str:
    return text_of(memory.fill(given)).strip()
