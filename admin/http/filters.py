"""Filters of the templates: values as people write them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import phonenumbers

from admin.http.language import day_text, dollars, language_name, later, number_text, percent_text, t, time_text

# Of the names of health checks those that are words; the others are names.
_CHECKS = {
    "disk": later("disk"),
    "messages": later("messages"),
    "opt_outs": later("opt outs"),
    "phone": later("phone"),
    "prompts": later("prompts"),
    "trunks": later("trunks"),
}


def phone(number: str | None) -> str:
    """`+14155550100` -> `+1 415-555-0100`; any other text stays as it is."""
    if not number:
        return t("unknown")
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
    except phonenumbers.NumberParseException:
        return number


def number(value: float | None) -> str:
    """1234567 -> `1,234,567`."""
    return "–" if value is None else number_text(value)


def seconds(ms: float | None) -> str:
    """Milliseconds -> `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 3 min`."""
    if ms is None:
        return "–"
    if ms < 1000:
        return f"{ms:.0f} ms"
    total = ms / 1000
    if total < 60:
        return f"{number_text(total, 1)} s"
    minutes, rest = divmod(round(total), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def usd(value: float | Decimal | str | None) -> str:
    """0.0123 -> `$0.0123`, 12.3 -> `$12.30`."""
    if value is None:
        return "–"
    amount = Decimal(str(value))
    return dollars(amount, 2 if amount == 0 or abs(amount) >= 1 else 4)


def rate(value: Decimal | str) -> str:
    """A price of a minute or a second, exact: 0.008 -> `$0.008`, 0.1 -> `$0.10`."""
    amount = Decimal(str(value)).normalize()
    places = -int(amount.as_tuple().exponent)
    return dollars(amount, max(2, places))


def decimals(value: float | Decimal | str, digits: int = 1) -> str:
    """12.345 -> `12.3`."""
    return number_text(Decimal(str(value)), digits)


def percent(share: float, digits: int = 0) -> str:
    """0.256 -> `26%`."""
    return percent_text(share, digits)


def utc(text: str | datetime | None) -> str:
    """A time in UTC, shown until a script has written it in the viewer's time zone."""
    if not text:
        return t("never")
    return time_text(text if isinstance(text, datetime) else datetime.fromisoformat(text))


def day(value: date, pattern: str = "yMMMd") -> str:
    """A date; `pattern`: the parts that it has, as a skeleton of CLDR."""
    return day_text(value, pattern)


def check_name(name: str) -> str:
    """What health checks, in words."""
    return t(_CHECKS.get(name, name))


def iso(text: str | datetime) -> str:
    """A time for an HTML `datetime` attribute."""
    return text.isoformat() if isinstance(text, datetime) else text


def pretty(value: Any) -> str:
    """Indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def where(pointer: str) -> str:
    """A JSON pointer for people: `/targets/0/uri` -> `targets › 1 › uri`. Below `gather` a number is a digit."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    shown = (
        str(int(part) + 1) if re.fullmatch("[0-9]{1,5}", part) and before != "gather" else part
        for before, part in pairwise(parts)
    )
    return " › ".join(shown)


def plural(count: int, one: str, many: str | None = None) -> str:
    """1, "number" -> `1 number`; 2 -> `2 numbers`: for what is in English only. Pages have `tn`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def language(code: str) -> str:
    """`es-MX` -> `Spanish (Mexico)`, as it begins a text."""
    name = language_name(code)
    return name[:1].upper() + name[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        *(phone, number, decimals, percent, seconds, usd, rate, utc, day, check_name),
        *(iso, language, pretty, plural, where),
    )
}
