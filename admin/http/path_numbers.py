"""Telephone numbers of a request."""

from __future__ import annotations

import re

from admin.http.models import E164_PATTERN
from admin.http.problems import fault
from admin.http.routing import ApiCall
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, parse_e164

_E164 = re.compile(E164_PATTERN, re.ASCII)


def number(text: str, pointer: str) -> E164:
    """A number of the body."""
    try:
        return parse_e164(text)
    except InvalidNumber as error:
        raise fault(pointer, error.code, str(error)) from None


def path_number(call: ApiCall, name: str) -> E164:
    """A number of the path, where `+` may also stand as %2B. One that only looks like a number is let through: it
    will not be found."""
    text = call.path[name]
    if not _E164.fullmatch(text):
        raise fault(f"/path/{name}", InvalidNumber.code, str(InvalidNumber(text)))
    return E164(text)
