"""A bar chart of amounts by day, as numbers for an SVG: for the report in a file, which has no script.

Pages draw the same sums by `admin.reports.charts`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from admin.http.language import day_text, dollars, number_text, t

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 900, 220, 70, 22, 8
MAX_BARS = 92


@dataclass(frozen=True, slots=True)
class Piece:
    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`lines`: (y, label) of the scale; `days`: (x, label) below the bars."""

    width: int
    height: int
    left: int
    pieces: list[Piece]
    lines: list[tuple[float, str]]
    days: list[tuple[float, str]]


def stack(
    first: date, last: date, amounts: Mapping[date, Sequence[tuple[str, Decimal]]], unit: str = "$"
) -> Chart | None:
    """A bar per day or several, stacked of its (kind, amount) pairs; None: all are zero."""
    bars = sums_of(first, last, amounts)
    highest = max((sum(sums.values(), Decimal(0)) for _, sums in bars), default=Decimal(0))
    if highest <= 0:
        return None
    step, room = (_WIDTH - _LEFT) / len(bars), _HEIGHT - _BOTTOM - _TOP
    top = nice(highest)
    pieces: list[Piece] = []
    for n, (day, sums) in enumerate(bars):
        y = float(_HEIGHT - _BOTTOM)
        for kind, amount in sums.items():
            height = float(amount / top) * room
            if height <= 0:
                continue
            y -= height
            x = _LEFT + n * step + step * 0.12
            title = f"{day_text(day)}: {t(kind)} {_amount(amount, unit)}"
            pieces.append(Piece(kind, round(x, 1), round(y, 1), round(step * 0.76, 1), round(height, 1), title))
    lines = [(round(_HEIGHT - _BOTTOM - room * part / 4, 1), _amount(top * part / 4, unit)) for part in range(5)]
    every = -(-len(bars) // 8)
    days = [(round(_LEFT + (n + 0.5) * step, 1), day_text(bars[n][0], "MMMd")) for n in range(0, len(bars), every)]
    return Chart(_WIDTH, _HEIGHT, _LEFT, pieces, lines, days)


def sums_of(
    first: date, last: date, amounts: Mapping[date, Sequence[tuple[str, Decimal]]]
) -> list[tuple[date, dict[str, Decimal]]]:
    """The sums of each day by kind, or of several days beyond MAX_BARS, with the first of the days."""
    total = (last - first).days + 1
    if total < 1:
        return []
    span = -(-total // MAX_BARS)
    bars = [(first + timedelta(days=start), dict[str, Decimal]()) for start in range(0, total, span)]
    for day, parts in amounts.items():
        if first <= day <= last:
            sums = bars[(day - first).days // span][1]
            for kind, amount in parts:
                sums[kind] = sums.get(kind, Decimal(0)) + amount
    return bars


def nice(value: Decimal) -> Decimal:
    """The next round number at or above the value: 1, 2, 2.5 or 5 times a power of ten."""
    power = Decimal(10) ** value.adjusted()
    return next(power * factor for factor in map(Decimal, ("1", "2", "2.5", "5", "10")) if power * factor >= value)


def _amount(value: Decimal, unit: str) -> str:
    short = 0 if value >= 100 else next((digits for digits in (0, 2, 3) if round(value, digits) == value), None)
    digits = short if short is not None else 2 if value >= Decimal("0.1") else 4
    return dollars(value, digits) if unit == "$" else f"{number_text(value, digits)} {unit}"
