"""How a number is dialled over a trunk: its gateways in their order, and both numbers in its form. Pure.

Calls out are made to verified telephones, and callers are transferred to numbers.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat

from ivr.domain.numbers import E164
from ivr.domain.telephones.destinations import find_refusal
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut
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


class OutTrunk(NamedTuple):
    """A trunk, and the names of its gateways for calls out, which have a mark of its password in them: calls know the
    names, and not the password."""

    trunk: Trunk
    gateways: tuple[str, ...]


def gateways_out(trunk: Trunk) -> tuple[str, ...]:
    """Its hosts, or its registration; in the order in which they are tried."""
    gateways = [*gateways_of(trunk)]
    hosts = [each for each in gateways if each.params["register"] == "false"] or gateways
    return tuple(each.name for each in hosts)


def find_way_out(
    trunk: Trunk, number: E164, caller: E164 | None = None, gateways: tuple[str, ...] | None = None
) -> WayOut:
    """`caller`: the number that is shown; None: the trunk's first. `gateways`: those of OutTrunk, if they are known.
    Raises NoWayOut, whose text tells people what the trunk lacks."""
    hosts = gateways_out(trunk) if gateways is None else gateways
    if not hosts:
        raise NoWayOut(
            f"the trunk {trunk.name} has no host for calls out; give the one that your carrier names for them, as"
            " hosts, such as sip.example.com"
        )
    if not trunk.numbers:
        raise NoWayOut(f"the trunk {trunk.name} has no number to call from; give one that comes by it")
    shown = caller or trunk.numbers[0]
    return WayOut(
        hosts,
        written(shown, trunk.caller_out, trunk.country),
        written(number, trunk.caller_out, trunk.country),
        where_it_goes(trunk),
    )


def find_way_from_ours(trunk: Trunk, number: E164, caller: E164 | None = None) -> WayOut:
    """As `find_way_out`, from a number that comes by the trunk. Raises NoWayOut."""
    if caller is not None and caller not in trunk.numbers:
        raise NoWayOut(f"{caller} does not come by the trunk {trunk.name}; call from one of its numbers")
    return find_way_out(trunk, number, caller)


def where_it_goes(trunk: Trunk) -> VerifiedOver:
    """Over a trunk whose hosts or registrar are others, a telephone is verified anew: whoever has set them may have
    taken the call with the code."""
    registered = trunk.registration
    registers = [str(registered.registrar), str(registered.outbound_proxy)] if registered else []
    told = [[str(each) for each in trunk.hosts], trunk.lookup, registers]
    return VerifiedOver(trunk.name, hashlib.sha256(json.dumps(told).encode()).hexdigest())


def route(
    number: E164,
    trunks: Iterable[OutTrunk],
    countries: Collection[str],
    *,
    caller: E164 | None = None,
    came_by: str | None = None,
) -> WayOut:
    """Over which trunk a caller is transferred to a number: that of the number `caller` which is to be shown, else
    the one that the call `came_by`, else the first that calls can go out by. `countries`: where else than in the
    trunk's own a number may be. Raises DestinationRefused or NoWayOut."""
    every = sorted(
        trunks, key=lambda each: (caller not in each.trunk.numbers, each.trunk.name != came_by, each.trunk.name)
    )
    if any(number in each.trunk.numbers for each in every):
        raise DestinationRefused(f"{number} comes by a trunk of this installation; it would call itself")
    refused: NoWayOut | None = None
    for trunk, gateways in every:
        try:
            way = find_way_out(trunk, number, caller, gateways)
        except NoWayOut as error:
            refused = refused or error
            continue
        refusal = find_refusal(number, {*countries, trunk.country})
        if refusal is not None:
            raise DestinationRefused(refusal)
        return way
    raise refused or NoWayOut("there is no trunk for calls out; make one that has a host and a number")


def written(number: E164, form: NumberForm, country: str) -> str:
    """+14155550100, 14155550100 or 4155550100. A number of another country has no national form: it keeps its +."""
    if form == "digits":
        return number[1:]
    if form == "national":
        parsed = phonenumbers.parse(number)
        if phonenumbers.region_code_for_number(parsed) == country:
            return _NO_DIGIT.sub("", phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))
    return number
