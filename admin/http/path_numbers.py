"""Telephone numbers of a request, in the one reading that callers, imports and the page have, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from admin.http.problems import fault, invalid
from admin.http.routing import ApiCall
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, is_e164_form, read_number
from ivr.domain.problems import Problem
from ivr.domain.searched import Searched, read_search


@dataclass(frozen=True, slots=True)
class Region:
    """The country of numbers without a country code, such as `US`."""

    name: str


def number(call: ApiCall, text: str, pointer: str) -> E164:
    """A number of the body."""
    try:
        return read_number(text, call.service(Region).name)
    except InvalidNumber as error:
        raise fault(pointer, error.code, str(error)) from None


def numbers(call: ApiCall, texts: Sequence[str], pointer: str) -> list[E164]:
    """Numbers of a list in the body; a refusal names each invalid one."""
    region = call.service(Region).name
    read: list[E164] = []
    faults: list[Problem] = []
    for index, text in enumerate(texts):
        try:
            read.append(read_number(text, region))
        except InvalidNumber as error:
            faults.append(Problem(f"{pointer}/{index}", error.code, str(error)))
    if faults:
        raise invalid(*faults, code=InvalidNumber.code)
    return read


def path_number(call: ApiCall, name: str) -> E164:
    """A number of the path, where `+` may also stand as %2B."""
    return known_number(call, call.path[name], f"/path/{name}")


def wanted_text(call: ApiCall, text: str | None) -> Searched:
    """What the query `search` asks for."""
    return read_search(text or "", call.service(Region).name)


def wanted_digits(call: ApiCall, text: str, pointer: str) -> str:
    """The digits of a number or of a part of one."""
    digits = wanted_text(call, text).digits
    if not digits:
        raise fault(pointer, "invalid_search", "search for digits of a number, such as 0147 or (512) 555-0147")
    return digits


def known_number(call: ApiCall, text: str, pointer: str) -> E164:
    """A number that is looked for. In E.164 form it is let through even if it cannot exist: an earlier release may
    have listed it."""
    return E164(text) if is_e164_form(text) else number(call, text, pointer)
