"""The API's JSON that all resources share: times, pages of a list, faults."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ivr.domain.problems import Problem
from ivr.ports.pages import ListPage


def time_json(moment: datetime) -> str:
    """`2026-03-09T12:00:00.000Z`"""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_time(moment: datetime | None) -> str | None:
    return None if moment is None else time_json(moment)


def page_json(page: ListPage[Any], items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": page.next_cursor}


def sorted_page_json(page: ListPage[Any], items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A page of a list that can be sorted."""
    return {**page_json(page, items), "previous_cursor": page.previous_cursor, "total": page.total}


def fault_json(problem: Problem) -> dict[str, str | None]:
    """One fault or warning as answers have it."""
    return {
        "pointer": encodable(problem.pointer),
        "code": problem.code,
        "message": encodable(problem.message),
        "node": None if problem.node is None else encodable(problem.node),
    }


def encodable(text: str) -> str:
    """Text that UTF-8 can encode: a lone surrogate becomes `?`."""
    return text.encode("utf-8", "replace").decode()
