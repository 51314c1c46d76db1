"""Who is rung, as other systems write it: a telephone number, a SIP address, or what has no counterpart here."""

from __future__ import annotations

import re
from collections.abc import Callable

from ivr.domain.agents import NEW_SIP_URI
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import read_number

_PARAMETER = re.compile(r";(?!transport=(?:udp|tcp|tls)(?:;|$))[^;?]*", re.ASCII)
_AGENT_INSTEAD = "the agent of the installation is rung instead"


def target_of(
    noun: str, to: str, variable_in: Callable[[str], str | None]
) -> tuple[str | None, list[str]]:
    """What `to` of a transfer is here, or None, and what has to be said of it; `variable_in` finds the variable that
    a text is."""
    if noun in ("number", "sip") and (variable := variable_in(to)):
        return f"{{{variable}}}", ["a number that a variable names is rung within the limits of a day"]
    several = [each.strip() for each in to.split(",") if each.strip()]
    notes: list[str] = []
    if len(several) > 1:
        notes.append("one number is rung, the first; make a group of people to ring several at once")
    first = several[0] if several else ""
    if noun in ("number", "number-multi") and (number := full_number(first)):
        return number, notes
    if noun == "sip" and (address := sip_address(first)):
        return address, notes
    what = f"{noun} {first}".strip()
    return None, [*notes, f"{what} cannot be rung from here, so {_AGENT_INSTEAD}"]


def sip_address(text: str) -> str | None:
    """The SIP address, without what cannot stand in one here: headers, and parameters other than the transport."""
    plain = _PARAMETER.sub("", text.strip().partition("?")[0])
    scheme, colon, rest = plain.partition(":")
    address = f"{scheme.lower()}{colon}{rest}"
    return address if NEW_SIP_URI.fullmatch(address) else None


def full_number(text: str) -> str | None:
    """The number with plus and country code; without them it is one of North America."""
    try:
        return read_number(text)
    except InvalidNumber:
        return None
