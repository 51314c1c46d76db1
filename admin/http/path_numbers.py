"""Telephone numbers of a request."""

from __future__ import annotations

from collections.abc import Sequence

from admin.http.models import E164_FORM
from admin.http.problems import fault, invalid
from admin.http.routing import ApiCall
from ivr.domain.errors import InvalidNumber
from ivr.domain.numbers import E164, is_e164_form, parse_e164
from ivr.domain.problems import Problem


def number(text: str, pointer: str) -> E164:
    """A number of the body."""
    try:
        return parse_e164(text)
    except InvalidNumber as error:
        raise fault(pointer, error.code, str(error)) from None


def numbers(texts: Sequence[str], pointer: str) -> list[E164]:
    """Numbers of a list in the body; a refusal names each invalid one."""
    read: list[E164] = []
    faults: list[Problem] = []
    for place, text in enumerate(texts):
        try:
            read.append(parse_e164(text))
        except InvalidNumber as error:
            faults.append(Problem(f"{pointer}/{place}", error.code, str(error)))
    if faults:
        raise invalid(*faults, code=InvalidNumber.code)
    return read


def path_number(call: ApiCall, name: str) -> E164:
    """A number of the path, where `+` may also stand as %2B. One that cannot exist is let through: an earlier release
    may have listed it."""
    text = call.path[name]
    if not is_e164_form(text):
        raise fault(f"/path/{name}", InvalidNumber.code, E164_FORM.sentence)
    return E164(text)
