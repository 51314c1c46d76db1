"""A call-back as a command to the switch: the person first; once they have answered, the caller. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.domain.telephones.dial_string import CONTEXT
from ivr.domain.telephones.model import RING_S
from ivr.domain.telephones.way_out import WayOut

# Of the dialplan: it dials the caller.
_EXTENSION = "call-back"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_GATEWAY = re.compile(r"[A-Za-z0-9_.-]{1,100}", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9]{2,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CallBack:
    """The `person` is dialled over `gateway`, the caller by `way`, over its first gateway. The call ends
    `longest_s` seconds after the person's answer; each side rings for `ring_s`."""

    channel_uuid: str
    gateway: str
    person: WayOut
    way: WayOut
    longest_s: int
    ring_s: int = RING_S

    def command(self) -> str:
        """Raises ValueError for a value that could be anything but itself in a dial string."""
        called_back = self.way.gateways[0]
        parts = (
            (_UUID, self.channel_uuid),
            *((_GATEWAY, each) for each in (self.gateway, called_back)),
            *(
                (_NUMBER, each)
                for each in (self.person.dialled, self.person.caller, self.way.dialled, self.way.caller)
            ),
        )
        for pattern, text in parts:
            if not pattern.fullmatch(text):
                raise ValueError(f"not allowed in a command to the switch: {text[:80]!r}")
        variables = {
            "origination_uuid": self.channel_uuid,
            "origination_caller_id_number": self.person.caller,
            "origination_caller_id_name": self.person.caller,
            "originate_timeout": str(self.ring_s),
            "ignore_early_media": "true",
            "outbound_redirect_fatal": "true",
            "ivr_longest_s": str(int(self.longest_s)),
            "ivr_called_back": f"{called_back}/{self.way.dialled}",
            "ivr_shown": self.way.caller,
        }
        listed = ",".join(f"{name}={value}" for name, value in variables.items())
        return f"originate {{{listed}}}sofia/gateway/{self.gateway}/{self.person.dialled} {_EXTENSION} XML {CONTEXT}"
