"""A year of a big installation, loaded by COPY: 10,000 menus, 100,000 DIDs, 1,000,000 numbers not to call, 10,000,000
call records with their sums.

Half of the calls go to 20 menus: a page of these is read from the newest month alone, one of the others from several.
Every second of the 20 has no caller who keeps silent, however many such calls others have: the worst case of a search
by menu and outcome that knows both only by themselves.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from benchmarks.machine import superuser
from benchmarks.product import menu, prompt_files
from ivr.domain.reports.funnel import NodeCounts
from ivr.storage.postgres.call_months import ensure_months, month_of
from ivr.storage.postgres.rollups import USAGE, USAGE_TABLES, sum_months

MENUS, DIDS_EACH, NUMBERS, CALLS, CALLERS = 10_000, 10, 1_000_000, 10_000_000, 5_000_000
DAYS = 365
# The last of the loaded calls: searches begin at the present, as they do in use.
NEWEST = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
FIRST = NEWEST - timedelta(days=DAYS)
BUSY_MENUS = 20
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

Connection = psycopg.Connection[Any]
Loaded = dict[str, dict[str, int]]


def ivr_id(number: int) -> str:
    return f"ivr_bench{number:07d}"


def did(number: int) -> str:
    """Of the menu `number % MENUS`, or of as many menus as there are."""
    return f"+1{2_000_000_000 + number * 37}"


def caller(number: int) -> str:
    return f"+1{4_800_000_000 + number}"


def fill(url: str, size: float, say: Callable[[str], None]) -> Loaded:
    """All of it, `size` 1 is the whole; what was loaded with the rows a second, indexes that were made after it
    included."""
    menus, numbers, calls = (max(100, round(full * size)) for full in (MENUS, NUMBERS, CALLS))
    loaded: Loaded = {}

    def timed(what: str, work: Callable[[], int]) -> None:
        began = time.monotonic()
        rows = work()
        loaded[what] = {"rows": rows, "per_s": round(rows / (time.monotonic() - began))}
        say(f"{what}: {loaded[what]}")

    with psycopg.connect(superuser(url), autocommit=True) as connection:
        # Else a checkpoint comes with every gigabyte.
        connection.execute("alter system set max_wal_size = '8GB'")
        connection.execute("select pg_reload_conf()")
        timed("menus", lambda: load_menus(connection, menus))
        timed("DIDs", lambda: copy_rows(connection, "did (did, ivr_id)", _dids(menus)))
        timed("numbers not to call", lambda: load_numbers(connection, numbers))
        timed("call records", lambda: load_calls(connection, calls, menus))
        timed("usage, from the records", lambda: load_usage(connection))
        timed("funnel of the busy menus", lambda: load_funnel(connection, min(menus, 10 * BUSY_MENUS)))
        connection.execute("vacuum analyze")
    return loaded


def copy_rows(connection: Connection, into: str, rows: Iterable[tuple[Any, ...]]) -> int:
    count = 0
    with connection.cursor() as cursor, cursor.copy(f"copy {into} from stdin") as copy:
        for count, row in enumerate(rows, 1):  # noqa: B007
            copy.write_row(row)
    return count


def load_menus(connection: Connection, count: int) -> int:
    """Menus with their first version, and what the audit log says of it."""
    document = json.dumps(menu())
    rows = ((ivr_id(n), f"menu {n}", 1, NEWEST - timedelta(minutes=n)) for n in range(count))
    copy_rows(connection, "ivr (id, name, version, created_at)", rows)
    files = prompt_files(menu()).items()
    prompts = json.dumps({name: {"file": each.file, "duration_ms": each.duration_ms} for name, each in files})
    versions = ((ivr_id(n), 1, document, prompts, "bench") for n in range(count))
    copy_rows(connection, "ivr_version (ivr_id, version, document, prompts, actor)", versions)
    audit = (("bench", "ivr.create", ivr_id(n), document) for n in range(count))
    return copy_rows(connection, "audit_log (actor, action, subject, after)", audit)


def _dids(menus: int) -> Iterator[tuple[str, str]]:
    return ((did(n), ivr_id(n % menus)) for n in range(menus * DIDS_EACH))


def load_numbers(connection: Connection, count: int) -> int:
    """Without their hashes: what grows here is what is searched, and the chain is never searched."""

    def entries() -> Iterator[tuple[Any, ...]]:
        for n in range(count):
            at = NEWEST - timedelta(seconds=11 * n)
            number = caller(n)
            yield number, number, number, "ani", at, at, at + timedelta(days=10)

    columns = "entry_id, number, number_raw, source, first_at, last_at, honour_by"
    copy_rows(connection, f"suppression ({columns})", entries())
    connection.execute(
        "insert into suppression_event (event_id, entry_id, number, number_raw, source, pressed_at, effective_at,"
        " honour_by, seq, previous_hash, hash) select 'event_' || entry_id, entry_id, number, number_raw, source,"
        " first_at, first_at, honour_by, row_number() over (order by first_at), '', '' from suppression"
    )
    connection.execute("update suppression_list set head_seq = %s", (count,))
    return count


def load_calls(connection: Connection, count: int, menus: int = MENUS) -> int:
    """A year of them, oldest first, as a table grows; then its secondary indexes."""
    connection.execute("set maintenance_work_mem = '512MB'")
    ensure_months(connection, (month_of(FIRST + timedelta(days=n)) for n in range(DAYS + 1)))
    indexes = connection.execute(
        "select indexname, indexdef from pg_indexes"
        " where tablename = 'call_record' and indexname <> 'call_record_pkey'"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'drop index "{name}"')
    with connection.cursor() as cursor, cursor.copy(f"copy call_record ({_COLUMNS}) from stdin") as copy:
        for block in _call_blocks(count, menus):
            copy.write(block)
    for _, definition in indexes:
        # Of a partitioned table they are shown as `on only`, which would index no month.
        connection.execute(definition.replace(" ON ONLY ", " ON "))
    connection.execute("vacuum analyze call_record")
    return count


def _call_blocks(count: int, menus: int) -> Iterator[bytes]:
    """Rows of COPY's text form."""
    chance = random.Random(4)
    step = timedelta(days=DAYS) / count
    lines, busy = menus * DIDS_EACH, min(menus, BUSY_MENUS)
    for start in range(0, count, _BLOCK):
        rows = []
        for n in range(start, min(start + _BLOCK, count)):
            at = FIRST + step * n
            started, ended = at.isoformat(), (at + timedelta(milliseconds=7400)).isoformat()
            if n % 2:
                line = int(chance.random() * lines)
            else:
                line = int(chance.random() * busy) + menus * int(chance.random() * DIDS_EACH)
            number, ani, served = did(line), caller(int(chance.random() * CALLERS)), line % menus
            outcome = "lost" if n % 100_000 == 7 else _OUTCOMES[int(chance.random() * 1000)]
            if outcome == "no_input" and served < busy and served % 2:
                outcome = "hung_up"
            call_id = f"call_{int(at.timestamp() * 1000):012x}{chance.getrandbits(80):020x}"
            rows.append(
                f"{call_id}\t{call_id}\t{number}\t{number}\t{ani}\t{ani}\t{started}\t{ended}\t7400\t"
                f"{ivr_id(served)}\t1\t{outcome}\tNORMAL_CLEARING\tcaller\t{_PATH}\t0.008\t0.10\n"
            )
        yield "".join(rows).encode()


def load_usage(connection: Connection) -> int:
    """As the keeper would have summed it, in one statement: these calls had no agent."""
    deflected = "filter (where outcome not in ('transferred', 'failed', 'lost'))"
    sums: Mapping[str, str] = {
        "calls": "count(*)", "menu_ms": "sum(duration_ms)", "agent_calls": "0", "talk_ms": "0",
        "deflected_calls": f"count(*) {deflected}", "deflected_ms": f"coalesce(sum(duration_ms) {deflected}, 0)",
    }  # fmt: skip
    key = "(started_at at time zone 'UTC')::date, ivr_id, did, ivr_usd_min, agent_usd_min"
    count = connection.execute(
        f"insert into usage_day (day, ivr_id, did, ivr_usd_min, agent_usd_min, {', '.join(USAGE)})"  # noqa: S608
        f" select {key}, {', '.join(sums[name] for name in USAGE)} from call_record group by {key}"
    ).rowcount
    for table, columns in USAGE_TABLES.items():
        if table != "usage_day":
            place = ", ".join(columns)
            connection.execute(
                f"insert into {table} ({place}, {', '.join(USAGE)})"  # noqa: S608
                f" select {place}, {', '.join(f'sum({name})' for name in USAGE)} from usage_day group by {place}"
            )
    return count


def load_funnel(connection: Connection, menus: int) -> int:
    """A year of some menus, every day alike: a funnel is read by its menu, whatever others there are."""
    counts = NodeCounts(entered=600, calls=550, no_input=40, no_match=20, hang_up=60)
    counts.keys, counts.onward = {"1": 400, "9": 80}, {"n:license": 400, "n:dnc": 80, "o:caller_hung_up": 60}
    counts.times = dict.fromkeys(range(150, 190), 15)
    day_of_node = json.dumps(counts.to_json())
    first = FIRST.date()
    rows = (
        (ivr_id(n), first + timedelta(days=day), 1, node, day_of_node)
        for n in range(menus)
        for day in range(DAYS + 1)
        for node in ("", *menu()["nodes"])
    )
    count = copy_rows(connection, "funnel_day (ivr_id, day, ivr_version, node, counts)", rows)
    return count + sum_months(connection)
