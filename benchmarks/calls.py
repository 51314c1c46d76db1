"""The rows that need calls and nothing else: cost, rate, bursts, paced callers, memory, start, trips to Redis.

Everything that is compared runs in turns within the same minutes, round after round, so that what the machine does
meanwhile meets all alike.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import redis

from benchmarks.lean import compile_lean
from benchmarks.machine import memory_bytes
from benchmarks.peers.servers import FLOOR, GENESIS, GREENSWITCH, SIDE, available, peer
from benchmarks.product import ROOT, Running, menu, product
from benchmarks.runs import PYTHON_GENERATOR, Target, middle, run, spread

PRODUCT, BIG_MENU, TWO = "digitree", "digitree, 500 nodes", "digitree, 2 processes"
# Calls of one round: about a second of work each, so that the 10 ms ticks of /proc are 1 % or less.
_CALLS = {PRODUCT: 4000, BIG_MENU: 4000, TWO: 6000, FLOOR: 6000, GREENSWITCH: 300, GENESIS: 80}
# At once, for each process.
_LIVE = 50

Say = Callable[[str], None]
Rounds = list[dict[str, Any]]

@contextmanager
def targets(*names: str) -> Iterator[dict[str, Target]]:
    """All servers, running; those that are not being called wait."""
    with ExitStack() as stack:
        found = {}
        for name in names:
            if name in SIDE:
                process, port = stack.enter_context(peer(name))
                found[name] = Target(name, port, (process.pid,), SIDE[name])
            else:
                running = stack.enter_context(_own(name))
                found[name] = Target(name, running.port, tuple(running.pids))
        yield found


@contextmanager
def _own(name: str = PRODUCT) -> Iterator[Running]:
    with TemporaryDirectory(prefix="digitree-bench-") as home:
        tree = menu(500 if name == BIG_MENU else 5)
        with product(Path(home), processes=2 if name == TWO else 1, tree=tree) as running:
            yield running


def _rounds(
    found: dict[str, Target], rounds: int, size: float, say: Say, generator: Sequence[str] = PYTHON_GENERATOR
) -> dict[str, Rounds]:
    results: dict[str, Rounds] = {name: [] for name in found}
    for name, target in found.items():
        run(target, max(20, round(_CALLS[name] * size / 8)), _LIVE, generator=generator)
    for number in range(rounds):
        for name, target in found.items():
            live = _LIVE * len(target.pids) if name == TWO else _LIVE
            results[name].append(run(target, max(20, round(_CALLS[name] * size)), live, generator=generator))
            say(f"round {number + 1}: {name}: {results[name][-1]['cpu_ms']:.3f} ms a call")
    return results


def cost(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """CPU per call at 50 calls at once, as fast as they go, of all servers in turns."""
    with targets(PRODUCT, BIG_MENU, *available()) as found:
        results = _rounds(found, rounds, size, say)
    answer: dict[str, Any] = {
        name: {
            "cpu_ms": round(middle(each, "cpu_ms"), 4),
            "cpu_ms_spread": spread(each, "cpu_ms"),
            "calls_per_s": round(middle(each, "calls_per_s"), 1),
            "generator_ms": round(middle(each, "generator_ms"), 4),
            "lost": sum(one["lost"] for one in each),
        }
        for name, each in results.items()
    }
    ours = results[PRODUCT]
    # Ratios are taken within a round, and the median is of those.
    answer["times_cheaper"] = {
        name: round(median(theirs["cpu_ms"] / mine["cpu_ms"] for theirs, mine in zip(each, ours, strict=True)), 3)
        for name, each in results.items()
        if name != PRODUCT
    }
    return answer


def two_processes(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Two processes behind one listening socket against one.

    The generator needs a core for itself, so on two cores the rate alone says little. What is compared is the
    capacity: calls for each second that the busiest process works. It falls short of twice that of one process by
    what they cost each other and by how unevenly they share the calls. Each process has as many at once. The
    generator takes part of both cores, so it is the lean one where that can be had. The rounds are three times as
    many as elsewhere: two runs that follow each other differ by more than what is looked for.
    """
    with TemporaryDirectory(prefix="digitree-bench-") as directory, targets(PRODUCT, TWO) as found:
        lean = compile_lean(Path(directory))
        results = _rounds(found, 3 * rounds, size, say, lean or PYTHON_GENERATOR)
    pairs = list(zip(results[PRODUCT], results[TWO], strict=True))
    return {
        "ratio": round(median(one["busiest_ms"] / two["busiest_ms"] for one, two in pairs), 3),
        "rate_ratio": round(median(two["calls_per_s"] / one["calls_per_s"] for one, two in pairs), 3),
        "share_of_busiest": round(median(each["busiest_ms"] / each["cpu_ms"] for each in results[TWO]), 3),
        "cpu_ms": {name: round(middle(each, "cpu_ms"), 4) for name, each in results.items()},
        "generator": "C" if lean else "Python",
        "generator_ms": round(middle(results[TWO], "generator_ms"), 4),
        "pairs": len(pairs),
    }


def burst(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """2,000 calls, 500 at once: which servers lose some."""
    answer = {}
    # A server that loses calls is waited for, so those are left out of a quick look.
    with targets(PRODUCT, *(available() if size >= 1 else (FLOOR,))) as found:
        for name, target in found.items():
            results = [run(target, 2000, 500) for _ in range(rounds if name in (PRODUCT, FLOOR) else 1)]
            answer[name] = {
                "calls": 2000 * len(results),
                "lost": sum(each["lost"] for each in results),
                "refused": sum(each["refused"] for each in results),
            }
            say(f"{name}: {answer[name]}")
    return answer


def paced(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """1,000 live calls whose callers press a key every two seconds; nobody starts in step with another."""
    live = round(1000 * min(1.0, size))
    answer = {}
    names = [name for name in (PRODUCT, *available()) if name != GENESIS or size >= 1]
    with targets(*names) as found:
        results: dict[str, Rounds] = {name: [] for name in names}
        for number in range(rounds):
            for name in names if number == 0 else (PRODUCT, FLOOR):
                results[name].append(run(found[name], live * 2, live, pace_s=2.0, rate=live / 6))
                say(f"{name}: p99 {results[name][-1]['key_to_prompt_ms']['p99']} ms")
    for name, each in results.items():
        answer[name] = {
            "live": live,
            "p50_ms": round(middle(each, "key_to_prompt_ms", "p50"), 3),
            "p99_ms": round(middle(each, "key_to_prompt_ms", "p99"), 3),
            "cpu_ms": round(middle(each, "cpu_ms"), 4),
            "lost": sum(one["lost"] for one in each),
            "rounds": len(each),
        }
    return answer


def start(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Connect to first command, at 50 new calls a second among some 300 live ones (fewer in a quick look)."""
    with targets(PRODUCT, FLOOR) as found:
        answer = {}
        for name, target in found.items():
            pace_s = 2.0 * min(1.0, size)
            results = [run(target, round(500 * size), 500, pace_s=pace_s, rate=50) for _ in range(rounds)]
            answer[name] = {key: round(middle(results, "start_ms", key), 3) for key in ("p50", "p99")}
            say(f"{name}: start p99 {answer[name]['p99']} ms")
    return answer


def curve(_rounds_unused: int, size: float, say: Say) -> dict[str, Any]:
    """CPU per call against live calls, callers pressing a key a second: the data of the plot."""
    points = {
        PRODUCT: (10, 50, 100, 500, 1000, 2000),
        FLOOR: (10, 50, 100, 500, 1000, 2000),
        GREENSWITCH: (10, 50, 100, 500),
        GENESIS: (10, 50, 100),
    }
    names = [PRODUCT, *available()]
    answer: dict[str, Any] = {name: [] for name in names}
    with targets(*names) as found:
        for name in names:
            for live in points[name]:
                calls = max(12, round(live * 2 * min(1.0, size)))
                result = run(found[name], calls, live, pace_s=1.0, rate=max(1.0, live / 3))
                answer[name].append([live, round(result["cpu_ms"], 4), result["lost"]])
                say(f"{name}: {live} live: {result['cpu_ms']:.3f} ms a call")
    return answer


def memory(_rounds_unused: int, size: float, say: Say) -> dict[str, Any]:
    """Live calls that wait for a key, and by how much the process has grown."""
    live = round(5000 * min(1.0, size))
    with _own() as running:
        pid = running.pids[0]
        run(Target(PRODUCT, running.port, (pid,)), 2000, 200)
        before = memory_bytes(pid)
        argv = [sys.executable, "-m", "benchmarks.load", "--port", str(running.port), "--calls", str(live)]
        argv += ["--live", str(live), "--keys", "1", "--hold-s", "6", "--rate", "1500"]
        with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL) as holding:
            most = before
            while holding.poll() is None:
                most = max(most, memory_bytes(pid))
                time.sleep(0.2)
    answer = {"live": live, "kB_per_call": round((most - before) / live / 1000, 2)}
    say(f"{answer}")
    return answer


def redis_trips(_rounds_unused: int, size: float, say: Say) -> dict[str, Any]:
    """Redis commands per call, as Redis counts them."""
    calls = round(2000 * size)
    with _own() as running, redis.Redis.from_url(running.redis_url) as client:
        target = Target(PRODUCT, running.port, tuple(running.pids))
        run(target, 100, 50)
        client.config_resetstat()
        run(target, calls, 50)
        counted: dict[str, Any] = client.info("commandstats")
    commands = {
        name.removeprefix("cmdstat_"): each["calls"] for name, each in counted.items() if "config" not in name
    }
    answer = {"per_call": round(sum(commands.values()) / calls, 3), "commands": commands, "calls": calls}
    say(f"{answer}")
    return answer
