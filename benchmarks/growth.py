"""A big installation: 10,000 menus with 100,000 DIDs, 1,000,000 numbers not to call, 10,000,000 call records.

Loaded by COPY into the tables as they are (benchmarks.fill), or found in the directory that BENCH_GROWN names, where
it stays for the next time. Then call records are searched as the API does it, every list and look-up of the API is
asked one at a time, and calls are made to the grown cache in turns with a small one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import call_history
from benchmarks.calls import PRODUCT, targets
from benchmarks.fill import BUSY_MENUS, DAYS, NEWEST, NUMBERS, Loaded, caller, did, fill, ivr_id
from benchmarks.product import SIGNED, wait_until
from benchmarks.runs import Target, run
from benchmarks.stack import Stack, http_load, stack
from ivr.storage.menu_publisher import CachePublisher
from ivr.storage.postgres.database import Database
from ivr.storage.redis.menu_cache import CacheWriter

KEPT = "BENCH_GROWN"
Say = Callable[[str], None]


def grown(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Measure a big installation; `size` 1 is all of it."""
    with _home() as home, stack(home) as running:
        note = home / "loaded.json"
        if not note.exists():
            note.write_text(json.dumps(fill(running.database_url, size, say)))
        loaded: Loaded = json.loads(note.read_text())
        loaded["menus into the cache"] = _publish(running, loaded["menus"]["rows"])
        menus = loaded["menus"]["rows"]
        history = call_history.measure(running.database_url, say, menus)
        requests = _ask_all(running, size, menus, say)
        answer = {
            "loaded": loaded,
            "history": history,
            "slowest_search_ms": _slowest(history, sums=False),
            "slowest_sum_ms": _slowest(history, sums=True),
            "requests": requests,
            "slowest_p99_ms": max(each["p99"] for each in requests.values()),
        }
        with targets(PRODUCT) as small:
            return answer | _call_cost(running, small[PRODUCT], rounds, say)


def _slowest(history: dict[str, dict[str, float]], *, sums: bool) -> float:
    """Of searches, or of the sums that reports are made of: the first query or the p99."""
    return max(max(each["first"], each["p99"]) for what, each in history.items()
               if what.startswith(call_history.SUMS) == sums)  # fmt: skip


@contextmanager
def _home() -> Iterator[Path]:
    if kept := os.environ.get(KEPT):
        yield Path(kept)
        return
    with TemporaryDirectory(prefix="digitree-bench-") as home:
        yield Path(home)


def _publish(running: Stack, menus: int) -> dict[str, int]:
    writer, database = CacheWriter(running.redis_url, SIGNED, timeout_s=60.0), Database(running.database_url)
    try:
        began = time.monotonic()
        CachePublisher(database, writer).rebuild()
        return {"rows": menus, "per_s": round(menus / (time.monotonic() - began))}
    finally:
        writer.close()
        database.close()


def _requests(running: Stack, size: float, menus: int) -> Iterator[tuple[str, str]]:
    """(what, path) of every list and look-up; lists also from the middle of what there is."""
    http = running.http
    busy, quiet = 3, (BUSY_MENUS + 4711) % menus
    number, others, callers = (text.replace("+", "%2B") for text in (did(busy), did(quiet), caller(4711)))
    newest = http.get("/calls", params={"limit": 1}).raise_for_status().json()["items"][0]
    middle = f"{NEWEST - timedelta(days=DAYS / 2):%Y-%m-%dT%H:%M:%SZ}"
    year = f"from={NEWEST - timedelta(days=DAYS):%Y-%m-%d}"
    yield "GET /ivr/{id}", f"/ivr/{ivr_id(42)}"
    yield "GET /ivr?search=", f"/ivr?search=menu%20{quiet}"
    yield "GET /ivr/{id}/versions", f"/ivr/{ivr_id(42)}/versions"
    yield "GET /ivr/{id}/tests", f"/ivr/{ivr_id(42)}/tests"
    yield "GET /ivr/{id}/funnel", f"/ivr/{ivr_id(busy)}/funnel"
    yield "GET /ivr/{id}/funnel, a year", f"/ivr/{ivr_id(busy)}/funnel?{year}"
    yield "GET /calls/{id}", f"/calls/{newest['id']}"
    for path in ("/ivr", "/dids", "/dnc", "/calls"):
        yield f"GET {path}", path
        cursor = http.get(path, params={"limit": 100}).raise_for_status().json()["next_cursor"]
        if cursor:
            yield f"GET {path}?cursor=", f"{path}?cursor={cursor}"
    for what, query in (
        ("busy did", f"did={number}"), ("quiet did", f"did={others}"), ("ani", f"ani={callers}"),
        ("busy ivr_id", f"ivr_id={ivr_id(busy)}"), ("quiet ivr_id", f"ivr_id={ivr_id(quiet)}"),
        ("outcome, 1 in 100", "outcome=failed"), ("outcome, 1 in 100,000", "outcome=lost"),
        ("outcome of nobody", "outcome=budget_spent"), ("until", f"until={middle}"),
        ("until, outcome", f"until={middle}&outcome=opted_out"), ("did, until", f"did={number}&until={middle}"),
        ("did, outcome", f"did={number}&outcome=failed"),
        ("did, outcome that never meet", f"did={number}&outcome=no_input"),
        ("ivr_id, outcome that never meet", f"ivr_id={ivr_id(busy)}&outcome=no_input"),
        ("ani, outcome", f"ani={callers}&outcome=opted_out"), ("nobody's did", "did=%2B10000000000"),
    ):  # fmt: skip
        yield f"GET /calls: {what}", f"/calls?{query}"
    yield "GET /dnc/{number}", f"/dnc/{caller(77).replace('+', '%2B')}"
    yield "GET /dnc/{number}/proof", f"/dnc/{caller(77).replace('+', '%2B')}/proof"
    yield "GET /dnc?until=", f"/dnc?until={NEWEST - timedelta(seconds=5 * NUMBERS * size):%Y-%m-%dT%H:%M:%SZ}"
    yield "GET /dnc?source=import", "/dnc?source=import"
    yield "GET /dnc?unidentified=true", "/dnc?unidentified=true"
    yield "GET /dnc/changes?since=", f"/dnc/changes?since={round(NUMBERS * size / 2)}"
    yield "GET /dnc/checks", "/dnc/checks"
    yield "GET /audit", "/audit"
    yield "GET /audit?subject=", f"/audit?subject={ivr_id(42)}"
    yield "GET /audit?actor= of nobody", "/audit?actor=nobody"
    yield "GET /usage", "/usage"
    yield "GET /usage, a year", f"/usage?{year}"
    yield "GET /usage?group=did&ivr_id=", f"/usage?group=did&ivr_id={ivr_id(busy)}"


def _ask_all(running: Stack, size: float, menus: int, say: Say) -> dict[str, Any]:
    answer = {}
    for what, path in _requests(running, size, menus):
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
