"""Filters of the templates: values as people write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import phonenumbers

from admin.http.causes import cause_text, plain
from admin.http.language import (
    day_text,
    dollars,
    exact_text,
    language_name,
    number_text,
    percent_text,
    t,
    time_text,
)
from admin.http.signalled import signalled_text

_HALF_A_CENT = Decimal("0.005")


def phone(number: str | None) -> str:
    """`+14155550100` -> `+1 415-555-0100`; what stands in place of a number in words, any other text as it is."""
    if not number:
        return t("unknown")
    try:
        return phonenumbers.format_number(
            phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL
        )
    except phonenumbers.NumberParseException:
        return signalled_text(number)


def number(value: float | None) -> str:
    """1234567 -> `1,234,567`."""
    return "–" if value is None else number_text(value)


def seconds(ms: float | None) -> str:
    """Milliseconds -> `0.9 s`, `12.3 s`, `4 min 5 s`, `2 h 3 min`."""
    if ms is None:
        return "–"
    total = ms / 1000
    if total < 60:
        return f"{number_text(total, 1)} s"
    minutes, rest = divmod(round(total), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def usd(value: float | Decimal | str | None) -> str:
    """12.345 -> `$12.35`; 0.0012 -> `less than a cent`."""
    if value is None:
        return "–"
    amount = Decimal(str(value))
    return t("less than a cent") if 0 < abs(amount) < _HALF_A_CENT else dollars(amount)


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


def moment(value: str | datetime | None, style: str = "full") -> str:
    """A time in the zone of the page; `style`: full, exact, day or clock."""
    return time_text(_moment(value), style) if value else t("never")


def exactly(value: str | datetime) -> str:
    """The same to the second, with its zone: for the title beside it."""
    return exact_text(_moment(value))


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def day(value: date, pattern: str = "yMMMd") -> str:
    """A date; `pattern`: the parts that it has, as a skeleton of CLDR."""
    return day_text(value, pattern)


def iso(text: str | datetime) -> str:
    """A time for an HTML `datetime` attribute."""
    return text.isoformat() if isinstance(text, datetime) else text


def pretty(value: Any) -> str:
    """Indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def plural(count: int, one: str, many: str | None = None) -> str:
    """1, "number" -> `1 number`; 2 -> `2 numbers`: for what is in English only. Pages have `tn`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def refusal(status: int) -> str:
    """Why a carrier refused, by its SIP status; "" where nobody may have replied, as the switch says 408 and 503
    itself."""
    return "" if status in (408, 503) else cause_text(status, None, "carrier")


def language(code: str) -> str:
    """`es-MX` -> `Spanish (Mexico)`, as it begins a text."""
    name = language_name(code)
    return name[:1].upper() + name[1:]


FILTERS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        *(phone, number, decimals, percent, seconds, usd, rate, moment, exactly, day),
        *(iso, language, plain, pretty, plural, refusal),
    )
}
