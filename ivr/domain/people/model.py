"""A person whom transfers ring: a telephone number or a SIP address, in groups, on duty or not. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from ivr.domain.agents import AGENT_NAME, NEW_SIP_URI, SIP_URI
from ivr.domain.hours.model import HOURS_NAME
from ivr.domain.number_lists import LIST_NAME
from ivr.domain.numbers import is_e164_form

Duty = Literal["on", "off", "hours", "list"]
DUTIES: tuple[Duty, ...] = get_args(Duty)
NAME, GROUP_NAME = AGENT_NAME, AGENT_NAME
NAME_RULE = "a person's name has 1 to 64 letters, digits, underscores or hyphens"
GROUP_RULE = "a group's name has 1 to 64 letters, digits, underscores or hyphens"
ADDRESS = re.compile(rf"(?:\+[1-9][0-9]{{6,14}}|{NEW_SIP_URI.pattern[1:-1]})", re.ASCII)
ADDRESS_RULE = (
    "an address is a telephone number with + and its country code, as +14155550123, or a SIP address, as "
    "sip:ann@192.0.2.20"
)
MAX_PEOPLE = 500
MAX_GROUPS = 20
PLACE, LAST_PLACE = 50, 99


@dataclass(frozen=True, slots=True)
class Person:
    """`address`: a number in E.164 or a SIP URI. `groups`: in which they are; in each, lower `place`s ring first.
    `duty`: on, off, as the opening hours `hours` have it, or while their number is on the list of numbers
    `duty_list`, on which a menu can put whoever calls it."""

    name: str
    address: str
    groups: tuple[str, ...] = ()
    place: int = PLACE
    duty: Duty = "on"
    hours: str | None = None
    duty_list: str | None = None

    def is_on_duty(self, word: str, *, is_listed: bool) -> bool:
        """`word`: what their hours say at this moment; `is_listed`: whether their number is on their list."""
        return self.duty == "on" or (self.duty == "hours" and word == "open") or (self.duty == "list" and is_listed)

    def to_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "groups": list(self.groups),
            "place": self.place,
            "duty": self.duty,
            "hours": self.hours,
            "duty_list": self.duty_list,
        }


def parse_person(name: str, document: Mapping[str, Any]) -> Person:
    """The inverse of `to_json`; raises ValueError, KeyError or TypeError for what could not have been stored."""
    person = Person(
        name, document["address"], tuple(document["groups"]), int(document["place"]), document["duty"],
        document["hours"], document["duty_list"],
    )  # fmt: skip
    if not NAME.fullmatch(name) or not all(map(GROUP_NAME.fullmatch, person.groups)):
        raise ValueError("a person without a name, or in a group without one")
    if not (is_e164_form(person.address) or SIP_URI.fullmatch(person.address)):
        raise ValueError(f"person {name} has an address that cannot be dialled")
    names = ((HOURS_NAME, person.hours), (LIST_NAME, person.duty_list))
    if person.duty not in DUTIES or not all(name is None or form.fullmatch(name) for form, name in names):
        raise ValueError(f"person {name} has a duty that is not known")
    return person
