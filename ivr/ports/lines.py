"""How waiting lines did."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from ivr.domain.reports.lines import LineReport


class LineReportStore(Protocol):
    def read(self, line: str, first: date, last: date, zone: ZoneInfo, within_s: int) -> LineReport:
        """Over the calls of these days of the zone, both included; `within_s`: what counts as in time."""
