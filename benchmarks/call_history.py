"""A year of call records, loaded by COPY, and how long a search among them takes.

    python -m benchmarks.call_history [CALLS [DIRECTORY]]

Ten million by default: about 13 GB in an embedded Postgres of its own, removed at the end, or kept in the directory
and taken from there the next time. Each search is what `GET /calls` asks, page after page as somebody leafs; the
first page comes over a new connection, whose plan knows of no table yet.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from benchmarks.fill import (
    BUSY_MENUS,
    CALLS,
    DAYS,
    FIRST,
    MENUS,
    NEWEST,
    caller,
    did,
    ivr_id,
    load_calls,
    load_funnel,
    load_usage,
)
from benchmarks.machine import superuser
from ivr.domain.call_records import Outcome
from ivr.ports.calls import CallFilter
from ivr.ports.reports import Group
from ivr.storage.postgres.calls import PostgresCalls
from ivr.storage.postgres.database import Database
from ivr.storage.postgres.migrate import upgrade
from ivr.storage.postgres.reports import PostgresReports
from launcher.embedded.postgres import embedded_postgres, owner_url

PAGES = 20
# No searches: what reports are made of.
SUMS = ("funnel", "usage")
# Menus and numbers with many calls, and with a few: see benchmarks.fill.
BUSY, QUIET = 3, BUSY_MENUS + 4711


def searches(menus: int = MENUS) -> Iterator[tuple[str, CallFilter]]:
    middle = FIRST + timedelta(days=DAYS // 2)
    quiet = QUIET % menus
    yield "all", CallFilter()
    yield "busy number", CallFilter(did=did(BUSY))
    yield "quiet number", CallFilter(did=did(quiet))
    yield "caller", CallFilter(ani=caller(4711))
    yield "busy menu", CallFilter(ivr_id=ivr_id(BUSY))
    yield "quiet menu", CallFilter(ivr_id=ivr_id(quiet))
    yield "outcome, 1 in 100", CallFilter(outcome=Outcome.FAILED)
    yield "outcome, 1 in 100,000", CallFilter(outcome=Outcome.LOST)
    yield "outcome of nobody", CallFilter(outcome=Outcome.BUDGET_SPENT)
    yield "until the middle", CallFilter(until=middle)
    yield "a day", CallFilter(since=middle, until=middle + timedelta(days=1))
    yield "number and outcome", CallFilter(did=did(BUSY), outcome=Outcome.FAILED)
    yield "number and outcome that never meet", CallFilter(did=did(BUSY), outcome=Outcome.NO_INPUT)
    yield "menu and outcome that never meet", CallFilter(ivr_id=ivr_id(BUSY), outcome=Outcome.NO_INPUT)
    yield "menu and outcome, 1 in 100,000", CallFilter(ivr_id=ivr_id(quiet), outcome=Outcome.LOST)
    yield "caller and outcome", CallFilter(ani=caller(4711), outcome=Outcome.OPTED_OUT)
    yield "number, menu, outcome, a month", CallFilter(
        did=did(BUSY), ivr_id=ivr_id(BUSY), outcome=Outcome.OPTED_OUT, since=middle,
        until=middle + timedelta(days=30),
    )  # fmt: skip
    yield "nobody's number", CallFilter(did="+10000000000")


def measure(url: str, say: Callable[[str], None], menus: int = MENUS) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind of search: `first` on a new connection, then `p50` and `p99` of the pages."""
    found = {}
    for what, wanted in searches(menus):
        times = []
        database = Database(url, budget_s=60)
        calls, cursor = PostgresCalls(database), None
        for _ in range(PAGES + 1):
            began = time.perf_counter()
            page = calls.list(wanted, limit=50, cursor=cursor)
            times.append((time.perf_counter() - began) * 1000)
            cursor = page.next_cursor
        database.close()
        found[what] = _summary(times)
        say(f"{what:36} {found[what]}")
    newest = PostgresCalls(Database(url)).list(limit=50).items
    for what, ask in (
        ("one call by its id", lambda database, n: PostgresCalls(database).find(newest[n].call_id)),
        ("an id that there is not", lambda database, n: PostgresCalls(database).find(f"call_{n:032x}")),
        ("funnel of a menu, 30 days", _funnel(30)),
        ("funnel of a menu, a year", _funnel(DAYS)),
        ("usage by day, 30 days", _usage(("day",), 30)),
        ("usage by day, a year", _usage(("day",), DAYS)),
        ("usage of a menu by number, 30 days", _usage(("did",), 30, ivr_id(BUSY))),
        ("usage of a menu by day and number, a year", _usage(("day", "did"), DAYS, ivr_id(BUSY))),
    ):  # fmt: skip
        database, times = Database(url, budget_s=60), []
        for n in range(PAGES + 1):
            began = time.perf_counter()
            ask(database, n)
            times.append((time.perf_counter() - began) * 1000)
        database.close()
        found[what] = _summary(times)
        say(f"{what:36} {found[what]}")
    return found


Ask = Callable[[Database, int], object]


def _funnel(days: int) -> Ask:
    last = NEWEST.date()
    return lambda database, n: PostgresReports(database).funnel(ivr_id(n), last - timedelta(days=days), last)


def _usage(group: tuple[Group, ...], days: int, of: str | None = None) -> Ask:
    last = NEWEST.date()
    return lambda database, n: PostgresReports(database).usage(
        last - timedelta(days=days), last, group, limit=20_001, ivr_id=of
    )


def _summary(times: list[float]) -> dict[str, float]:
    pages = sorted(times[1:])
    slowest = pages[min(len(pages) - 1, math.ceil(len(pages) * 0.99) - 1)]
    return {"first": round(times[0], 1), "p50": round(median(pages), 1), "p99": round(slowest, 1)}


@contextmanager
def _place(directory: str | None) -> Iterator[Path]:
    if directory is not None:
        yield Path(directory)
        return
    with TemporaryDirectory(prefix="digitree-history-") as folder:
        yield Path(folder)


def main(count: int = CALLS, directory: str | None = None) -> None:
    with _place(directory) as home, embedded_postgres(home / "pg", durable=False) as url:
        upgrade(url, owner_url(home / "pg"))
        with psycopg.connect(superuser(url), autocommit=True) as connection:
            there = connection.execute("select exists (select from call_record)").fetchone()
            if there == (False,):
                began = time.monotonic()
                load_calls(connection, count)
                took_s = time.monotonic() - began
                print(f"{count} records with their indexes in {took_s:.0f} s ({count / took_s:.0f}/s)")
                load_usage(connection)
                load_funnel(connection, 10 * BUSY_MENUS)
                connection.execute("vacuum analyze")
        measure(url, print)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else CALLS, *sys.argv[2:3])
