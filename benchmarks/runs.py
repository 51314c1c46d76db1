"""One run of the load generator against one server with its CPU, and medians over several runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.machine import cpu_seconds
from benchmarks.product import ROOT


@dataclass(frozen=True)
class Target:
    """A server under test: `pids` are all of its processes, `side` the kind of event socket it speaks."""

    name: str
    port: int
    pids: tuple[int, ...]
    side: str = "sync"


PYTHON_GENERATOR = (sys.executable, "-m", "benchmarks.load")


def run(
    target: Target,
    calls: int,
    live: int,
    *,
    timeout_s: float = 300.0,
    generator: Sequence[str] = PYTHON_GENERATOR,
    **load: Any,
) -> dict[str, Any]:
    """The generator's summary with `cpu_ms` (user and system, per call done) and `busiest_ms`, that of the process
    that had the most to do."""
    before = [cpu_seconds([pid]) for pid in target.pids]
    argv = [*generator, "--port", str(target.port), "--side", target.side]
    for name, value in {"calls": calls, "live": live, **load}.items():
        argv += [f"--{name.replace('_', '-')}", str(value)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)
    if done.returncode:
        raise RuntimeError(f"the load generator failed:\n{done.stderr[-2000:]}")
    summary: dict[str, Any] = json.loads(done.stdout)
    used = [cpu_seconds([pid]) - start for pid, start in zip(target.pids, before, strict=True)]
    count = max(1, summary["done"])
    return summary | {"cpu_ms": 1000 * sum(used) / count, "busiest_ms": 1000 * max(used) / count}


def middle(rounds: Sequence[dict[str, Any]], *path: str) -> float:
    """The median of one figure, such as ("key_to_prompt_ms", "p99"), over rounds."""
    values = []
    for each in rounds:
        found: Any = each
        for key in path:
            found = found[key]
        values.append(float(found))
    return median(values)


def spread(rounds: Sequence[dict[str, Any]], name: str) -> list[float]:
    values = [each[name] for each in rounds]
    return [round(min(values), 4), round(max(values), 4)]
