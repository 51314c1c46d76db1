"""The funnel of a menu: of whole days of UTC from the roll-ups, of any other time from the call records.

The days of a time zone are the days of UTC that lie within them, and some hours at both ends: a year is read as fast
as it is in UTC, and each call is counted on the day that its zone had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import orjson

from ivr.domain.reports.funnel import NodeCounts, funnel_of
from ivr.ports.reports import Funnel
from ivr.storage.postgres.call_months import whole_months
from ivr.storage.postgres.call_rows import record_of_row
from ivr.storage.postgres.database import Connection

_COUNTS = "select ivr_version, node, counts::text as counts from"


def read_funnel_days(
    connection: Connection, ivr_id: str, first: date, last: date, version: int | None, language: str | None
) -> Funnel:
    """Days are UTC, both included."""
    begin, end = whole_months(first, last)
    values = {
        "ivr_id": ivr_id, "first": first, "begin": begin, "end": end, "last": last, "version": version,
        "language": language,
    }  # fmt: skip
    of_menu = "ivr_id = %(ivr_id)s" + ("" if version is None else " and ivr_version = %(version)s")
    if language is None:
        wanted = (
            f"{_COUNTS} funnel_month where {of_menu} and month >= %(begin)s and month < %(end)s union all"
            f" {_COUNTS} funnel_day where {of_menu} and day between %(first)s and %(last)s"
            " and (day < %(begin)s or day >= %(end)s)"
        )
    else:
        wanted = (
            f"{_COUNTS} funnel_language_day where {of_menu} and language = %(language)s"
            " and day between %(first)s and %(last)s"
        )
    rows = connection.execute(wanted, values).fetchall()
    spoken = connection.execute(
        "select distinct language from funnel_language_day where ivr_id = %(ivr_id)s"
        " and day between %(first)s and %(last)s order by language",
        values,
    ).fetchall()
    versions, days = set(), dict[str, list[Any]]()
    for row in rows:
        # Two months of days of a menu are hundreds of these.
        counts = orjson.loads(row["counts"])
        if counts["entered"]:
            versions.add(row["ivr_version"])
            days.setdefault(row["node"], []).append(counts)
    nodes = {node: NodeCounts.sum_of_json(each) for node, each in days.items()}
    return Funnel(sorted(versions), nodes, [row["language"] for row in spoken])


def read_funnel_calls(
    connection: Connection,
    ivr_id: str,
    spans: Sequence[tuple[datetime, datetime]],
    version: int | None,
    language: str | None,
) -> Funnel:
    """Of the calls that began within these spans, the end of each excluded."""
    versions, languages, nodes = set[int](), set[str](), dict[str, NodeCounts]()
    for begin, end in spans:
        rows = connection.execute(
            "select * from call_record where ivr_id = %s and started_at >= %s and started_at < %s"
            " and outcome is not null and not test",
            (ivr_id, begin, end),
        )
        for row in rows:
            del row["ivr_usd_min"], row["agent_usd_min"]
            record = record_of_row(row)
            counted = funnel_of(record)
            if counted and record.language:
                languages.add(record.language)
            if version not in (None, record.ivr_version) or language not in (None, record.language):
                continue
            for node, counts in counted.items():
                versions.add(record.ivr_version or 0)
                nodes.setdefault(node, NodeCounts()).add(counts)
    return Funnel(sorted(versions), nodes, sorted(languages))


def merged(one: Funnel, other: Funnel) -> Funnel:
    """Both together."""
    nodes = dict[str, NodeCounts]()
    for node, counts in (*one.nodes.items(), *other.nodes.items()):
        nodes.setdefault(node, NodeCounts()).add(counts)
    versions = sorted({*one.versions, *other.versions})
    return Funnel(versions, nodes, sorted({*one.languages, *other.languages}))
