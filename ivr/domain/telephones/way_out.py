"""How a number is dialled over a trunk: its gateways in their order, and both numbers in its form. Pure.

Calls out are made to verified telephones. An agent that is a telephone number would be dialled the same way.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat

from ivr.domain.numbers import E164
from ivr.domain.telephones.errors import NoWayOut
from ivr.domain.telephones.model import VerifiedOver
from ivr.domain.trunks.gateways import gateways_of
from ivr.domain.trunks.model import NumberForm, Trunk

_NO_DIGIT = re.compile(r"[^0-9]", re.ASCII)


@dataclass(frozen=True, slots=True)
class WayOut:
    """`gateways`: names that the switch knows, to be tried one after the other; `caller` and `dialled` as the other
    side writes numbers; `trunk`: what it goes over."""

    gateways: tuple[str, ...]
    caller: str
    dialled: str
    trunk: VerifiedOver


def find_way_out(trunk: Trunk, number: E164, caller: E164 | None = None) -> WayOut:
    """`caller`: the number to call from; None: the trunk's first. Raises NoWayOut, whose text tells people what the
    trunk lacks."""
    gateways = [*gateways_of(trunk)]
    hosts = [each for each in gateways if each.params["register"] == "false"] or gateways
    if not hosts:
        raise NoWayOut(
            f"the trunk {trunk.name} has no host for calls out; give the one that your carrier names for them, as"
            " hosts, such as sip.example.com"
        )
    if not trunk.numbers:
        raise NoWayOut(f"the trunk {trunk.name} has no number to call from; give one that comes by it")
    if caller is not None and caller not in trunk.numbers:
        raise NoWayOut(f"{caller} does not come by the trunk {trunk.name}; call from one of its numbers")
    ours, dialled = (
        written(each, trunk.caller_out, trunk.country) for each in (caller or trunk.numbers[0], number)
    )
    return WayOut(tuple(each.name for each in hosts), ours, dialled, where_it_goes(trunk))


def where_it_goes(trunk: Trunk) -> VerifiedOver:
    """Over a trunk whose hosts or registrar are others, a telephone is verified anew: whoever has set them may have
    taken the call with the code."""
    registered = trunk.registration
    registers = [str(registered.registrar), str(registered.outbound_proxy)] if registered else []
    told = [[str(each) for each in trunk.hosts], trunk.lookup, registers]
    return VerifiedOver(trunk.name, hashlib.sha256(json.dumps(told).encode()).hexdigest())


def written(number: E164, form: NumberForm, country: str) -> str:
    """+14155550100, 14155550100 or 4155550100. A number of another country has no national form: it keeps its +."""
    if form == "digits":
        return number[1:]
    if form == "national":
        parsed = phonenumbers.parse(number)
        if phonenumbers.region_code_for_number(parsed) == country:
            return _NO_DIGIT.sub("", phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    return number
