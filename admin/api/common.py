"""What several resources need."""

from __future__ import annotations

from admin.problems import fault
from admin.routing import Call
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, parse_e164


def number(text: str, pointer: str) -> E164:
    """A number of the body."""
    try:
        return parse_e164(text)
    except InvalidNumber as error:
        raise fault(pointer, error.code, str(error)) from None


def path_number(call: Call, name: str) -> E164:
    """A number of the path, where `+` may also stand as %2B."""
    return number(call.path[name], f"/path/{name}")
