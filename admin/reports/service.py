"""Funnel and usage as plain values, for the API and the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ivr.domain.errors import IvrError
from ivr.domain.reports.days import MAX_DAYS
from ivr.domain.reports.funnel import ENTRY, NodeCounts
from ivr.domain.reports.usage import MS_PER_MINUTE, Rates, Spent, rounded
from ivr.domain.time_zones import UTC_NAME
from ivr.ports.reports import Funnel, Group, ReportStore, UsageLine

MAX_LINES = 20_000
# Beyond them a time zone has no days.
_FIRST, _LAST = date.min + timedelta(days=2), date.max - timedelta(days=2)
SPEECH_COLUMNS = ("engine", "voice", "seconds", "usd")
UTC = ZoneInfo(UTC_NAME)
NOTHING = UsageLine(None, None, None, Spent())


class TooManyLines(IvrError):
    """The report has more lines than one answer may have."""

    code = "too_many_lines"


class TooManyDays(IvrError):
    """More days than are counted from the calls themselves."""

    code = "too_many_days"


@dataclass(frozen=True)
class ReportService:
    reports: ReportStore
    rates: Rates
    tts_usd_s: Decimal

    def funnel(
        self,
        ivr_id: str,
        first: date,
        last: date,
        version: int | None,
        language: str | None = None,
        zone: ZoneInfo = UTC,
    ) -> dict[str, Any]:
        """Raises TooManyDays."""
        found = self.reports.funnel(ivr_id, first, last, version, language, _beyond_utc(first, last, zone))
        entry = found.nodes.get(ENTRY)
        return {
            "ivr_id": ivr_id,
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "tz": zone.key,
            "version": version,
            "versions": list(found.versions),
            "language": language,
            "languages": list(found.languages),
            "calls": entry.calls if entry else 0,
            "nodes": _nodes(found),
        }

    def usage(
        self,
        first: date,
        last: date,
        group: Sequence[Group],
        ivr_id: str | None = None,
        zone: ZoneInfo = UTC,
    ) -> dict[str, Any]:
        """`zone`: whose days they are. Raises TooManyLines, TooManyDays."""
        other = _beyond_utc(first, last, zone)
        lines = self.reports.usage(first, last, group, limit=MAX_LINES + 1, ivr_id=ivr_id, zone=other)
        if len(lines) > MAX_LINES:
            raise TooManyLines(
                f"the answer has more than {MAX_LINES:,} lines; ask for fewer days, one menu, or a coarser group"
            )
        whole = self.reports.usage(first, last, (), limit=1, ivr_id=ivr_id, zone=other)
        return {
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "tz": zone.key,
            "group": list(group),
            "items": [line_json(line) for line in lines],
            "total": line_json(whole[0] if whole else NOTHING),
            "speech": [
                {
                    "engine": each.engine,
                    "voice": each.voice,
                    "seconds": str(rounded(Decimal(each.tts_ms) / 1000)),
                    "usd": str(rounded(each.tts_usd)),
                }
                for each in self.reports.speech(first, last, limit=MAX_LINES, ivr_id=ivr_id, zone=other)
            ],
            "rates_now": {
                "ivr_usd_min": str(self.rates.ivr_usd_min),
                "agent_usd_min": str(self.rates.agent_usd_min),
                "tts_usd_second": str(self.tts_usd_s),
            },
        }


def usage_csv(usage: dict[str, Any]) -> Iterator[str]:
    """The items as lines of CSV below a header line."""
    return _csv(list(usage["total"]), usage["items"])


def speech_csv(usage: dict[str, Any]) -> Iterator[str]:
    """What was spoken by each engine and voice, in the same form."""
    return _csv(SPEECH_COLUMNS, usage["speech"])


def _csv(head: Sequence[str], lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in (head, *([line[name] for name in head] for line in lines)):
        text = io.StringIO()
        csv.writer(text).writerow(row)
        yield text.getvalue()


def line_json(line: UsageLine) -> dict[str, Any]:
    spent = line.spent
    average = spent.saved_at_average_talk_usd
    return {
        "day": line.day.isoformat() if line.day else None,
        "ivr_id": line.ivr_id,
        "did": line.did,
        "calls": spent.calls,
        "menu_minutes": _minutes(spent.menu_ms),
        "ivr_usd": str(rounded(spent.ivr_usd)),
        "agent_calls": spent.agent_calls,
        "agent_minutes": _minutes(spent.talk_ms),
        "agent_usd": str(rounded(spent.agent_usd)),
        "tts_seconds": str(rounded(Decimal(spent.tts_ms) / 1000)),
        "tts_usd": str(rounded(spent.tts_usd)),
        "total_usd": str(rounded(spent.total_usd)),
        "deflected_calls": spent.deflected_calls,
        "deflected_minutes": _minutes(spent.deflected_ms),
        "deflected_usd": str(rounded(spent.deflected_ivr_usd)),
        "saved_usd": str(rounded(spent.saved_usd)),
        "saved_at_average_talk_usd": None if average is None else str(rounded(average)),
    }


def _beyond_utc(first: date, last: date, zone: ZoneInfo) -> ZoneInfo | None:
    """The zone, or None for UTC, whose days are those of the roll-ups."""
    if zone.key == UTC_NAME:
        return None
    if (last - first).days >= MAX_DAYS or not _FIRST < first <= last < _LAST:
        text = f"in a time zone the last day is not before the first, and there are at most {MAX_DAYS:,} days"
        raise TooManyDays(text)
    return zone


def _minutes(ms: int) -> str:
    return str(rounded(Decimal(ms) / MS_PER_MINUTE))


def _nodes(found: Funnel) -> list[dict[str, Any]]:
    nodes = [(node, counts) for node, counts in found.nodes.items() if node != ENTRY]
    return [_node(*each) for each in sorted(nodes, key=lambda each: (-each[1].entered, each[0]))]


def _node(node: str, counts: NodeCounts) -> dict[str, Any]:
    onward = [{"node": name, "outcome": None, "count": count} for name, count in counts.nodes_after()]
    onward += [{"node": None, "outcome": name, "count": count} for name, count in counts.outcomes_after()]
    keys = sorted(counts.keys.items(), key=lambda each: (-each[1], each[0]))
    return {
        "node": node,
        "entered": counts.entered,
        "calls": counts.calls,
        "keys": [{"key": key, "count": count} for key, count in keys],
        "no_input": counts.no_input,
        "no_match": counts.no_match,
        "hang_up": counts.hang_up,
        "median_seconds": counts.quantile_s(0.5),
        "p90_seconds": counts.quantile_s(0.9),
        "onward": sorted(onward, key=lambda each: -int(each["count"])),
    }
