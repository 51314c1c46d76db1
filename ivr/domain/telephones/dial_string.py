"""A call out as a command to the switch. Pure.

A dial string is a language of its own: commas, braces, brackets, bars and colons each begin something. So nothing
goes in that could be anything but a number, the name of a gateway or a ticket.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.domain.telephones.model import RING_S
from ivr.domain.tickets import TELEPHONE_VARIABLE, TICKET

# Of the dialplan: it leads the answered channel to the call server.
CONTEXT = "digitree-telephone"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_GATEWAY = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{2,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Dialled:
    """A call to make: over the gateway `gateway` to `number`, from `caller`, both as the carrier writes them; the
    answered call goes to `ticket`, with `telephone` for its caller, and ends after `longest_s` seconds. It rings for
    `ring_s` seconds."""

    channel_uuid: str
    gateway: str
    number: str
    caller: str
    telephone: str
    ticket: str
    longest_s: int
    ring_s: int = RING_S

    def command(self) -> str:
        """Raises ValueError for a value that could be anything but itself in a dial string."""
        parts = (
            (_UUID, self.channel_uuid),
            (_GATEWAY, self.gateway),
            (_NUMBER, self.number),
            (_NUMBER, self.caller),
            (_NUMBER, self.telephone),
            (TICKET, self.ticket),
        )
        for pattern, text in parts:
            if not pattern.fullmatch(text):
                raise ValueError(f"not allowed in a command to the switch: {text[:80]!r}")
        variables = {
            "origination_uuid": self.channel_uuid,
            "origination_caller_id_number": self.caller,
            "origination_caller_id_name": self.caller,
            "originate_timeout": str(self.ring_s),
            # Ringing and announcements of the carrier are no answer.
            "ignore_early_media": "true",
            # A 302 could send the call to a number that our rules refuse.
            "outbound_redirect_fatal": "true",
            TELEPHONE_VARIABLE: self.telephone,
            "ivr_longest_s": str(int(self.longest_s)),
        }
        listed = ",".join(f"{name}={value}" for name, value in variables.items())
        return f"originate {{{listed}}}sofia/gateway/{self.gateway}/{self.number} {self.ticket} XML {CONTEXT}"
