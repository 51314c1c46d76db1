"""Amounts of money as pieces: "152.40" is one hundred fifty-two dollars and forty cents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from ivr.domain.spoken.numbers import MAX_CARDINAL, cardinal


class Currency(NamedTuple):
    """The pieces of its names: of one and of several, whole and hundredths; `signs` may stand before an amount."""

    one: str
    several: str
    hundredth: str
    hundredths: str
    signs: str


_DOLLAR = Currency("dollar", "dollars", "cent", "cents", "$")
CURRENCIES: Mapping[str, Currency] = {
    **dict.fromkeys(("USD", "CAD", "AUD", "NZD"), _DOLLAR),
    "GBP": Currency("sterling", "sterlings", "penny", "pence", "£"),
    "EUR": Currency("euro", "euros", "cent", "cents", "€"),
    "MXN": Currency("peso", "pesos", "centavo", "centavos", "$"),
}
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<mark>[$£€]?)(?P<number>(?:\d{1,3}(?:,\d{3})+|\d{1,40})(?:\.\d{1,20})?|\.\d{1,20})", re.ASCII
)
_CENT = Decimal("0.01")


def find_money(text: str, currency: str) -> tuple[str, ...] | None:
    """None for what is no amount. Rounded to hundredths, halves away from zero; `currency` is a key of CURRENCIES."""
    names = CURRENCIES[currency]
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["mark"] and found["mark"] not in names.signs):
        return None
    amount = Decimal(found["number"].replace(",", ""))
    if amount > MAX_CARDINAL:
        return None
    whole, hundredths = divmod(int(amount.quantize(_CENT, ROUND_HALF_UP) * 100), 100)
    pieces: tuple[str, ...] = ("minus",) if found["sign"] == "-" and (whole or hundredths) else ()
    if whole or not hundredths:
        pieces += (*cardinal(whole), names.one if whole == 1 else names.several)
    if whole and hundredths:
        pieces += ("and",)
    if hundredths:
        pieces += (f"n{hundredths}", names.hundredth if hundredths == 1 else names.hundredths)
    return pieces
