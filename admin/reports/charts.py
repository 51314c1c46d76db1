"""What a chart shows, for admin/static/charts.js to draw and for the table beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from admin.http.filters import usd
from admin.http.language import day_text, number_text, t
from admin.reports.bars import sums_of

Kind = Literal["bars", "bars_beside"]
Unit = Literal["$", "min", "calls"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values; `tone` is its colour in reports.css."""

    name: str
    tone: str
    values: Sequence[float | Decimal]


@dataclass(frozen=True, slots=True)
class Chart:
    """`bars` stand on one another, `bars_beside` beside one another. `keys` name the places for a file of CSV,
    `labels` for people; `ticks` are shorter, for the axis."""

    kind: Kind
    unit: Unit
    keys: Sequence[str]
    labels: Sequence[str]
    series: Sequence[Series]
    ticks: Sequence[str] = ()

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: a label, and its values as people write them."""
        shown = [[self._shown(value) for value in each.values] for each in self.series]
        return [(label, list(texts)) for label, *texts in zip(self.labels, *shown, strict=True)]

    @property
    def data(self) -> dict[str, Any]:
        """For the script."""
        series = [
            {"name": each.name, "tone": each.tone, "values": [float(value) for value in each.values]}
            for each in self.series
        ]
        shown = [texts for _, texts in self.rows]
        return {
            "kind": self.kind, "unit": self.unit, "keys": list(self.keys), "labels": list(self.labels),
            "ticks": list(self.ticks or self.labels), "series": series, "shown": shown,
        }  # fmt: skip

    def _shown(self, value: float | Decimal) -> str:
        if self.unit == "$":
            return usd(value)
        return number_text(value, 1 if self.unit == "min" else 0)


def by_day(
    first: date, last: date, amounts: Mapping[date, Sequence[tuple[str, Decimal]]], unit: Unit
) -> Chart | None:
    """A bar per day, or per several days where there are many; None: all are zero."""
    bars = sums_of(first, last, amounts)
    kinds = list(dict.fromkeys(kind for _, sums in bars for kind in sums))
    if not any(amount for _, sums in bars for amount in sums.values()):
        return None
    return Chart(
        "bars",
        unit,
        keys=[day.isoformat() for day, _ in bars],
        labels=[day_text(day) for day, _ in bars],
        ticks=[day_text(day, "MMMd") for day, _ in bars],
        series=[Series(t(kind), kind, [sums.get(kind, Decimal(0)) for _, sums in bars]) for kind in kinds],
    )
