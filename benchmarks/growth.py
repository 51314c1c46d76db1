"""A big installation: 10,000 menus with 100,000 DIDs, 1,000,000 numbers not to call, 10,000,000 call records.

Loaded by COPY into the tables as they are (secondary indexes of the call records are made afterwards, in the time
that is reported). Then every list and look-up of the API is asked one at a time, and calls are made to the grown
cache in turns with a small one.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from benchmarks.calls import PRODUCT, targets
from benchmarks.product import menu, prompt_files, wait_until
from benchmarks.runs import Target, run
from benchmarks.stack import Stack, http_load, stack
from ivr.storage.cache import CacheWriter
from ivr.storage.call_months import ensure_months, month_of
from ivr.storage.database import Database
from ivr.storage.publisher import Publisher

MENUS, DIDS_EACH, NUMBERS, CALLS = 10_000, 10, 1_000_000, 10_000_000
_NEWEST = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_OUTCOMES = ("transferred",) * 60 + ("hung_up",) * 20 + ("opted_out",) * 9 + ("no_input",) * 10 + ("failed",)
_PATH = json.dumps(
    [
        {"node": node, "attempt": 1, "result": "key", "key": "1", "at_ms": at_ms, "ms": 1800}
        for node, at_ms in (("welcome", 400), ("license", 2300), ("area", 4200))
    ]
)

Say = Callable[[str], None]
Connection = psycopg.Connection[Any]


def grown(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """`size` 1 is the whole of it."""
    with TemporaryDirectory(prefix="digitree-bench-") as home, stack(Path(home)) as running:
        loaded = _load(running, size, say)
        requests = _ask_all(running, size, say)
        answer = {
            "loaded": loaded,
            "requests": requests,
            "slowest_p99_ms": max(each["p99"] for each in requests.values()),
        }
        with targets(PRODUCT) as small:
            return answer | _call_cost(running, small[PRODUCT], rounds, say)


def _load(running: Stack, size: float, say: Say) -> dict[str, Any]:
    menus, numbers, calls = (max(100, round(full * size)) for full in (MENUS, NUMBERS, CALLS))
    loaded = {}

    def timed(what: str, count: int, work: Callable[[], object]) -> None:
        began = time.monotonic()
        work()
        loaded[what] = {"rows": count, "per_s": round(count / (time.monotonic() - began))}
        say(f"{what}: {loaded[what]}")

    with psycopg.connect(running.database_url, autocommit=True) as connection:
        timed("menus", menus, lambda: _load_menus(connection, menus))
        timed("DIDs", menus * DIDS_EACH, lambda: _copy(connection, "did (did, ivr_id)", _dids(menus)))
        timed("numbers not to call", numbers, lambda: _load_numbers(connection, numbers))
        timed("call records", calls, lambda: _load_calls(connection, menus, calls))
        connection.execute("vacuum analyze")
    writer, database = CacheWriter(running.redis_url, timeout_s=60.0), Database(running.database_url)
    try:
        timed("menus into the cache", menus, Publisher(database, writer).rebuild)
    finally:
        writer.close()
        database.close()
    return loaded


def _copy(connection: Connection, into: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {into} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def ivr_id(number: int) -> str:
    return f"ivr_bench{number:07d}"


def did(number: int) -> str:
    return f"+1{2_000_000_000 + number * 37}"


def caller(number: int) -> str:
    return f"+1{4_800_000_000 + number}"


def _load_menus(connection: Connection, count: int) -> None:
    document = json.dumps(menu())
    rows = ((ivr_id(n), f"menu {n}", 1, _NEWEST - timedelta(minutes=n)) for n in range(count))
    _copy(connection, "ivr (id, name, version, created_at)", rows)
    files = prompt_files(menu()).items()
    prompts = json.dumps({name: {"file": each.file, "duration_ms": each.duration_ms} for name, each in files})
    versions = ((ivr_id(n), 1, document, prompts, "bench") for n in range(count))
    _copy(connection, "ivr_version (ivr_id, version, document, prompts, actor)", versions)


def _dids(menus: int) -> Iterator[tuple[str, str]]:
    return ((did(n), ivr_id(n % menus)) for n in range(menus * DIDS_EACH))


def _load_numbers(connection: Connection, count: int) -> None:
    def entries() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            at = _NEWEST - timedelta(seconds=11 * n)
            number = caller(n)
            yield number, number, number, "ani", at, at, at + timedelta(days=10)

    columns = "entry_id, number, number_raw, source, first_at, last_at, honour_by"
    _copy(connection, f"suppression ({columns})", entries())
    connection.execute(
        "insert into suppression_event (event_id, entry_id, number, number_raw, source, pressed_at, effective_at,"
        " honour_by, seq, previous_hash, hash) select 'event_' || entry_id, entry_id, number, number_raw, source,"
        " first_at, first_at, honour_by, row_number() over (order by first_at), '', '' from suppression"
    )
    # Without its hashes: what grows here is what is searched, and the chain is never searched.
    connection.execute("update suppression_list set head_seq = %s", (count,))


def _load_calls(connection: Connection, menus: int, count: int) -> None:
    indexes = connection.execute(
        "select indexname, indexdef from pg_indexes"
        " where tablename = 'call_record' and indexname <> 'call_record_pkey'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'drop index "{name}"')
    oldest = _NEWEST - timedelta(milliseconds=100 * count)
    ensure_months(connection, (month_of(oldest + timedelta(days=n)) for n in range((_NEWEST - oldest).days + 2)))
    columns = (
        "call_id, channel_uuid, did, did_raw, ani, ani_raw, started_at, ended_at, duration_ms, ivr_id, ivr_version, "
        "outcome, hangup_cause, path"
    )
    _copy(connection, f"call_record ({columns})", _call_rows(menus, count))
    for _, definition in indexes:
        connection.execute(definition.replace(" ON ONLY ", " ON "))


def _call_rows(menus: int, count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(4)
    for n in range(count):
        # Oldest first, ten a second: so a table grows.
        at = _NEWEST - timedelta(milliseconds=100 * (count - n))
        line, ani = chance.randrange(menus * DIDS_EACH), caller(chance.randrange(5_000_000))
        call_id = f"call_{int(at.timestamp() * 1000):012x}{chance.getrandbits(80):020x}"
        outcome = _OUTCOMES[n % 100]
        times = at, at + timedelta(milliseconds=7400), 7400
        yield (call_id, call_id, did(line), did(line), ani, ani, *times, ivr_id(line % menus), 1, outcome,
               "NORMAL_CLEARING", _PATH)  # fmt: skip


def _requests(running: Stack, size: float) -> Iterator[tuple[str, str]]:
    """(what, path) of every list and look-up; lists also from the middle of what there is."""
    http = running.http
    yield "GET /ivr/{id}", f"/ivr/{ivr_id(42)}"
    yield "GET /dnc/{number}", f"/dnc/%2B{caller(77)[1:]}"
    newest = http.get("/calls", params={"limit": 1}).raise_for_status().json()["items"][0]
    yield "GET /calls/{id}", f"/calls/{newest['id']}"
    middle = f"{_NEWEST - timedelta(milliseconds=50 * CALLS * size):%Y-%m-%dT%H:%M:%SZ}"
    for path in ("/ivr", "/dids", "/dnc", "/calls"):
        yield f"GET {path}", path
        cursor = http.get(path, params={"limit": 100}).raise_for_status().json()["next_cursor"]
        if cursor:
            yield f"GET {path}?cursor=", f"{path}?cursor={cursor}"
    number = did(3).replace("+", "%2B")
    ani = caller(4711).replace("+", "%2B")
    for query in (
        f"did={number}", f"ani={ani}", f"ivr_id={ivr_id(3)}", "outcome=failed", "outcome=lost",
        f"until={middle}", f"until={middle}&outcome=opted_out", f"did={number}&outcome=failed",
        f"ivr_id={ivr_id(3)}&outcome=lost", f"did={number}&until={middle}",
    ):  # fmt: skip
        yield f"GET /calls?{query}", f"/calls?{query}"
    yield "GET /dnc?until=", f"/dnc?until={_NEWEST - timedelta(seconds=5 * NUMBERS * size):%Y-%m-%dT%H:%M:%SZ}"
    yield "GET /dnc?source=import", "/dnc?source=import"


def _ask_all(running: Stack, size: float, say: Say) -> dict[str, Any]:
    answer = {}
    for what, path in _requests(running, size):
        http_load(running, path, 1, connections=1)
        result = http_load(running, path, 3, connections=1)
        if set(result["statuses"]) != {"200"}:
            raise RuntimeError(f"{what}: {result['statuses']}")
        answer[what] = {"p50": result["ms"]["p50"], "p99": result["ms"]["p99"]}
        say(f"{what}: {answer[what]}")
    return answer


def _call_cost(running: Stack, small: Target, rounds: int, say: Say) -> dict[str, Any]:
    big = Target("grown", running.esl_port, (running.pids["esl"],))
    numbers = [did(n * 97) for n in range(200) if n * 97 < 1000]
    wait_until(lambda: run(big, 20, 5, did=numbers[0])["refused"] == 0, "the grown cache is served")
    ratios = []
    for number in range(rounds):
        one = run(small, 3000, 50)
        two = run(big, 3000, 50, did=numbers[number % len(numbers)])
        ratios.append(two["cpu_ms"] / one["cpu_ms"])
        say(f"calls, grown against small: {ratios[-1]:.2f}")
    return {"call_cost_ratio": round(median(ratios), 3)}
