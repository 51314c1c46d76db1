"""Two call servers on two addresses behind one FreeSWITCH: under load one is drained, and in another run killed.

They share Redis and the secret and nothing else: each has its own journal. FreeSWITCH tries the first address first.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.product import DID, Running, esl_process, listening, probe, product, wait_until
from benchmarks.switch.running import HERE as SWITCH
from benchmarks.switch.running import Switch, find_program, sipp_calls, start_sipp, switch
from ivr.storage.disk.segments import Record, iterate

RATE = 10
_SECOND_HOST = "127.0.0.2"


def two_hosts(_rounds_unused: int, size: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises NoSwitch."""
    program = find_program()
    calls = round(200 * size)
    answer = {}
    for what, number in (("drained", signal.SIGTERM), ("killed", signal.SIGKILL)):
        with TemporaryDirectory(prefix="digitree-bench-") as place, ExitStack() as stack:
            directory = Path(place)
            first = stack.enter_context(product(directory / "first"))
            second = stack.enter_context(listening(_SECOND_HOST))
            homes = directory / "first", directory / "second"
            for name in ("run", "journal", "metrics"):
                (homes[1] / name).mkdir(parents=True)
            env = first.env | {
                "DIGITREE_HOME": str(homes[1]),
                "DIGITREE_PROMPTS_DIR": str(homes[0] / "prompts"),
                "PROMETHEUS_MULTIPROC_DIR": str(homes[1] / "metrics"),
            }
            stack.enter_context(esl_process(env, second))
            host, port = second.getsockname()
            probe(port, host)
            targets = f"127.0.0.1:{first.port}|{host}:{port}"
            at = stack.enter_context(switch(homes[0], targets, homes[0] / "prompts", program=program))
            sipp_calls(at, DID, 3, 3, directory)
            answer[what] = _lose_first(at, first, homes, calls, number, directory)
            say(f"{what}: {answer[what]}")
    return answer


def _lose_first(
    at: Switch, first: Running, homes: tuple[Path, Path], calls: int, number: signal.Signals, directory: Path
) -> dict[str, Any]:
    before = sum(map(sum, (_ended(home)[1].values() for home in homes)))
    callers = start_sipp(at, SWITCH / "caller.xml", DID, "+14805551234", calls, RATE, directory)
    time.sleep(calls / RATE / 2)
    # The supervisor owns the listening socket: once closed, it refuses, and FreeSWITCH tries the next address.
    first.listener.close()
    first.processes[0].send_signal(number)
    callers.process.wait(calls / RATE + 90)
    result = callers.result()
    wait_until(lambda: sum(map(sum, (_ended(home)[1].values() for home in homes))) >= before + calls, "records", 20)
    taken_over = sum(_ended(home)[0] for home in homes)
    outcomes = [dict(_ended(home)[1]) for home in homes]
    return {
        "calls": calls,
        "failed": result.failed,
        "first": outcomes[0],
        "second": outcomes[1],
        "taken_over": taken_over,
    }


def _ended(home: Path) -> tuple[int, Counter[str]]:
    """(calls taken over, outcomes) of a host's journal."""
    outcomes: Counter[str] = Counter()
    taken_over = 0
    for _, record in iterate(home / "journal"):
        if isinstance(record, Record) and record.kind == "call_ended":
            outcomes[record.document["outcome"]] += 1
            taken_over += bool(record.document["take_overs"])
    return taken_over, outcomes
