"""Conditions and values of SWML, which are JavaScript (https://developer.signalwire.com/swml/expressions, read
2026-11). Variables are compared as texts, as they are here."""

from __future__ import annotations

import json

from ivr.domain.exports.steps import Called, Caller, Chance, Keyed, Subject, Variable, Visits
from ivr.domain.exports.templated import counter_of, flat
from ivr.domain.menu.cases import Case, Exact, Prefix, Range, SameAs
from ivr.domain.menu.entries import Pattern
from ivr.domain.menu.variables import CALLED, CALLER

DRAWN = "drawn"
DRAW = "%{Math.floor(Math.random() * 100) + 1}"
_KNOWN = {CALLER: "call.from", CALLED: "call.to"}
_FORMS = {"last4": ".slice(-4)", "digits": ".split('').join(' ')", "phone": ".split('').join(' ')"}


def name_of(subject: Subject) -> str:
    """What a switch of SWML calls it."""
    match subject:
        case Variable(name):
            return f"vars.{flat(name)}"
        case Caller():
            return _KNOWN[CALLER]
        case Called():
            return _KNOWN[CALLED]
        case Keyed():
            return "prompt_value"
        case Visits(counter):
            return f"vars.{counter_of(counter)}"
        case Chance():
            return f"vars.{DRAWN}"
    raise AssertionError(subject)


def value(name: str, form: str | None = None) -> str:
    """A variable in a text."""
    own = _KNOWN.get(name, f"vars.{flat(name)}")
    return f"%{{String({own}){_FORMS[form]}}}" if form in _FORMS else f"%{{{own}}}"


def is_said_otherwise(form: str | None) -> bool:
    """Whether nothing there says a value in this form."""
    return form is not None and form not in _FORMS


def condition(case: Case | Pattern, subject: str) -> str:
    """Whether the case fits the subject."""
    match case:
        case Exact(text):
            return f"String({subject}) === {_quoted(text)}"
        case Prefix(begins):
            return f"String({subject}).startsWith({_quoted(begins)})"
        case Range(least, most):
            number = f"Number({subject})"
            return f"/^-?[0-9]{{1,15}}$/.test({subject}) && {number} >= {least} && {number} <= {most}"
        case SameAs(name):
            other = _KNOWN.get(name, f"vars.{flat(name)}")
            return f"String({subject}) !== '' && String({subject}) === String({other})"
        case Pattern() as entry:
            return f"/^{_expression(entry)}$/.test({subject})"


def _expression(entry: Pattern) -> str:
    places = "".join("[0-9]" if each == "X" else "\\*" if each == "*" else each for each in entry.fixed)
    if not entry.most:
        return places
    times = f"{entry.least}" if entry.least == entry.most else f"{entry.least},{entry.most}"
    return f"{places}[0-9]{{{times}}}"


def _quoted(text: str) -> str:
    inside = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inside}'"
