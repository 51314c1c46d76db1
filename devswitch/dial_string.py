"""A bridge's argument parsed: variables, legs, targets. Pure.

Facts: `switch_event_create_brackets` and `switch_ivr_originate` of FreeSWITCH 1.10.12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from devswitch.expand import separate_string


class BadDialString(ValueError):
    """A dial string that FreeSWITCH would give up on, with `cause`."""

    def __init__(self, text: str, cause: str) -> None:
        super().__init__(text)
        self.cause = cause


@dataclass(frozen=True)
class DialLeg:
    """One far end to dial, with its variables."""

    dial_string: str
    target: str  # user@host:port, or error/CAUSE
    variables: dict[str, str]


def read_legs(argument: str) -> list[list[DialLeg]]:
    """`{vars}[own]leg,leg|leg` -> groups tried one after the other, the legs of a group at once."""
    variables, rest = split_variables(argument, "{", "}")
    if not rest.strip():
        raise BadDialString("no target to dial", "ORIGINATOR_CANCEL")
    groups = []
    for group in _split_outside_brackets(rest, "|"):
        legs = []
        for leg in _split_outside_brackets(group, ","):
            own, dial_string = split_variables(leg, "[", "]")
            legs.append(DialLeg(dial_string, read_target(dial_string), {**variables, **own}))
        groups.append(legs)
    return groups


def split_variables(text: str, opening: str, closing: str) -> tuple[dict[str, str], str]:
    """`{a=1,b=2}rest` -> variables and rest; `^^:` after the brace replaces the comma as the separator."""
    variables: dict[str, str] = {}
    while text.startswith(opening):
        end = _closing(text, opening, closing)
        for pair in separate_string(text[1:end], ","):
            # A `=` in the value stays: `sip_h_Diversion=<tel:+14155550100>;reason=unconditional`.
            name, equals, value = pair.partition("=")
            if equals:
                variables[name.strip(" ")] = value.strip(" ")
        text = text[end + 1 :].lstrip(" ")
    return variables, text


def _closing(text: str, opening: str, closing: str) -> int:
    depth = 0
    for at, char in enumerate(text):
        depth += (char == opening) - (char == closing)
        if depth == 0:
            return at
    raise BadDialString(f"{opening} without {closing}", "DESTINATION_OUT_OF_ORDER")


def _split_outside_brackets(text: str, delimiter: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "[") - (char == "]")
        if char == delimiter and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]


def read_target(dial_string: str) -> str:
    """`sofia/PROFILE/user@host:port` -> `user@host:port`; likewise sofia/gateway, user, loopback; `error/CAUSE`."""
    parts = dial_string.strip().split("/")
    if parts[0] == "sofia" and len(parts) >= 4 and parts[1] == "gateway":
        return f"{'/'.join(parts[3:])}@{parts[2]}"
    if parts[0] == "sofia" and len(parts) >= 3:
        return re.sub(r"^sips?:", "", "/".join(parts[2:])).partition(";")[0]
    if parts[0] in ("loopback", "user") and len(parts) >= 2 and parts[1]:
        return parts[1]
    if parts[0] == "error" and len(parts) == 2:
        return f"error/{parts[1].upper()}"
    raise BadDialString(f"{dial_string!r} names no endpoint", "CHAN_NOT_IMPLEMENTED")
