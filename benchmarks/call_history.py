"""A year of call records, loaded by COPY, and how long a search among them takes.

    python -m benchmarks.call_history [CALLS]

Ten million by default: about 7 GB in an embedded Postgres of its own, removed at the end. Each search is what
`GET /calls` asks, a first page and one from the middle; the slowest of nine counts, the plan's partitions are shown.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from ivr.domain.calls import Outcome
from ivr.domain.ports import CallFilter
from ivr.stack.embedded import embedded_postgres
from ivr.storage.call_months import ensure_months, month_of
from ivr.storage.calls import PostgresCalls
from ivr.storage.database import Database
from ivr.storage.migrate import upgrade

CALLS = 10_000_000
FIRST, DAYS = datetime(2025, 7, 1, tzinfo=UTC), 365
MENUS, DIDS, CALLERS = 200, 2_000, 5_000_000
_OUTCOMES = ["transferred"] * 600 + ["hung_up"] * 200 + ["opted_out"] * 90 + ["no_input"] * 100 + ["failed"] * 10
_COLUMNS = (
    "call_id, channel_uuid, did, did_raw, ani, ani_raw, started_at, ended_at, duration_ms, ivr_id, ivr_version, "
    "outcome, hangup_cause, hung_up_by, path, ivr_usd_min, agent_usd_min"
)
_PATH = json.dumps(
    [
        {"node": node, "attempt": 1, "result": "key", "key": "1", "at_ms": at_ms, "ms": 1800}
        for node, at_ms in (("welcome", 400), ("license", 2300), ("area", 4200))
    ]
)
_BLOCK = 5_000


def did(number: int) -> str:
    return f"+1{4_155_000_000 + number}"


def ivr(number: int) -> str:
    return f"ivr_bench{number:05d}"


def blocks(count: int) -> Iterator[bytes]:
    """Rows of COPY's text form, oldest first, as a table grows."""
    chance = random.Random(5)
    step_us = DAYS * 86_400_000_000 // count
    for start in range(0, count, _BLOCK):
        lines = []
        for n in range(start, min(start + _BLOCK, count)):
            at = FIRST + timedelta(microseconds=step_us * n)
            line, ani = chance.randrange(DIDS), f"+1{4_800_000_000 + chance.randrange(CALLERS)}"
            outcome = "lost" if n % 100_000 == 7 else _OUTCOMES[chance.randrange(1000)]
            call_id = f"call_{int(at.timestamp() * 1000):012x}{chance.getrandbits(80):020x}"
            number = did(line)
            lines.append(
                f"{call_id}\t{call_id}\t{number}\t{number}\t{ani}\t{ani}\t{at.isoformat()}\t{at.isoformat()}\t7400\t"
                f"{ivr(line % MENUS)}\t1\t{outcome}\tNORMAL_CLEARING\tcaller\t{_PATH}\t0.008\t0.10\n"
            )
        yield "".join(lines).encode()


def load(url: str, count: int) -> tuple[float, float]:
    """Seconds of the COPY, and of the indexes that were left for after it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set maintenance_work_mem = '512MB'")
        ensure_months(connection, (month_of(FIRST + timedelta(days=n)) for n in range(DAYS + 1)))
        indexes = connection.execute(
            "select indexname, indexdef from pg_indexes where tablename = 'call_record'"
            " and indexname <> 'call_record_pkey'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'drop index "{name}"')
        began = time.monotonic()
        with connection.cursor() as cursor, cursor.copy(f"copy call_record ({_COLUMNS}) from stdin") as copy:
            for block in blocks(count):
                copy.write(block)
        copied = time.monotonic()
        for _, definition in indexes:
            # Of a partitioned table they are shown as `on only`, which would index no month.
            connection.execute(definition.replace(" ON ONLY ", " ON "))
        connection.execute("vacuum analyze call_record")
        return copied - began, time.monotonic() - copied


def searches() -> Iterator[tuple[str, CallFilter]]:
    middle = FIRST + timedelta(days=DAYS // 2)
    number, caller = did(77), f"+1{4_800_000_000 + 4711}"
    yield "all", CallFilter()
    yield "number", CallFilter(did=number)
    yield "caller", CallFilter(ani=caller)
    yield "menu", CallFilter(ivr_id=ivr(3))
    yield "outcome, 1 in 100", CallFilter(outcome=Outcome.FAILED)
    yield "outcome, 1 in 100,000", CallFilter(outcome=Outcome.LOST)
    yield "until the middle", CallFilter(until=middle)
    yield "a day", CallFilter(since=middle, until=middle + timedelta(days=1))
    yield "number and outcome", CallFilter(did=number, outcome=Outcome.FAILED)
    yield "menu and outcome, 1 in 100,000", CallFilter(ivr_id=ivr(3), outcome=Outcome.LOST)
    yield "caller and outcome", CallFilter(ani=caller, outcome=Outcome.OPTED_OUT)
    yield "number, menu, outcome, a month", CallFilter(
        did=number, ivr_id=ivr(77), outcome=Outcome.OPTED_OUT, since=middle, until=middle + timedelta(days=30)
    )
    yield "nobody's number", CallFilter(did="+10000000000")


def main(count: int = CALLS) -> None:
    with (
        TemporaryDirectory(prefix="digitree-history-") as folder,
        embedded_postgres(Path(folder) / "pg", durable=False) as url,
    ):
        upgrade(url)
        copy_s, index_s = load(url, count)
        print(f"{count} records by COPY in {copy_s:.0f} s ({count / copy_s:.0f}/s), indexes in {index_s:.0f} s")
        database = Database(url, budget_s=60)
        calls = PostgresCalls(database)
        for what, wanted in searches():
            cursor, times = None, []
            for _ in range(9):
                began = time.perf_counter()
                page = calls.list(wanted, limit=50, cursor=cursor)
                times.append((time.perf_counter() - began) * 1000)
                cursor = page.next_cursor
            middle_ms = sorted(times)[len(times) // 2]
            print(f"{what:32} {max(times):6.1f} ms slowest, {middle_ms:6.1f} ms median, {len(page.items)} rows")
        with psycopg.connect(url) as connection:
            plan = connection.execute(
                "explain (analyze, buffers, summary) select * from call_record where did = %s"
                " order by started_at desc, call_id desc limit 51",
                (did(77),),
            ).fetchall()
            print(*(line for (line,) in plan if "Time" in line or "Limit" in line or "Index Scan" in line), sep="\n")
        newest = calls.list(limit=1).items[0].call_id
        began = time.perf_counter()
        calls.find(newest)
        print(f"{'one call by its id':32} {(time.perf_counter() - began) * 1000:6.1f} ms")
        database.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
