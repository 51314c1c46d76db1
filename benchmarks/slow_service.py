"""What calls that wait for a slow service cost the others in the same process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import before_other_programs, connections_to, let_pass
from benchmarks.product import (
    DID,
    ROOT,
    SECRET,
    SIGNED,
    Running,
    child,
    listening,
    menu,
    product,
    prompt_files,
    wait_until,
)
from benchmarks.runs import Target, run
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.service_definition import Service
from ivr.domain.service_table import table_text
from ivr.domain.signing import new_secret
from ivr.secrets import Sealer
from ivr.storage.redis.menu_cache import CacheWriter
from ivr.storage.redis.services import ServicesWriter

Say = Callable[[str], None]

_ASKING_DID = "+14155550101"
_ANSWERS_AFTER_S = 2.0
# One after the other, so that a call waits most of its time.
_REQUESTS = 7
_WAITING, _OTHERS = 1000, 300
# Live calls for each that waits: some come, some go, some are between two requests.
_ON_THE_WAY = 1.08


def slow_service(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """Key to prompt of 300 paced calls, alone and while 1,000 calls wait for a service that takes two seconds.
    `in_a_request`: the fewest that waited at once, counted before and after each round. The service and those who
    wait would be on other machines: where the account may have it so, they give way to the call server and to the
    calls that are measured."""
    waiting, others = round(_WAITING * min(1.0, size)), round(_OTHERS * min(1.0, size))
    alone, beside, counted, lost = [], [], [], 0
    with (
        before_other_programs() as undisturbed,
        TemporaryDirectory(prefix="digitree-bench-") as home,
        _running(Path(home)) as (running, service_port),
    ):
        target = Target("digitree", running.port, tuple(running.pids))

        def others_p99() -> dict[str, Any]:
            return run(target, 2 * others, others, pace_s=2.0, rate=others / 6)

        for number in range(rounds):
            alone.append(others_p99()["key_to_prompt_ms"]["p99"])
            with _asking(running, service_port, waiting):
                counted.append(connections_to(service_port))
                found = others_p99()
                counted.append(connections_to(service_port))
            beside.append(found["key_to_prompt_ms"]["p99"])
            lost += found["lost"]
            say(f"round {number + 1}: p99 {alone[-1]} ms alone, {beside[-1]} ms beside {counted[-1]} that wait")
    return {
        "waiting": waiting,
        "in_a_request": min(counted),
        "others": others,
        "before_other_programs": undisturbed,
        "p99_alone_ms": round(median(alone), 3),
        "p99_ms": round(median(beside), 3),
        "times": round(median(b / a for a, b in zip(alone, beside, strict=True)), 3),
        "lost": lost,
    }


@contextmanager
def _running(home: Path) -> Iterator[tuple[Running, int]]:
    """The call server with a second menu, which does nothing but ask the slow service; and the service's port."""
    with listening() as listener, product(home, tree=menu(), dids=(DID,)) as running:
        port, fd = listener.getsockname()[1], listener.fileno()
        _publish(running.redis_url, f"http://127.0.0.1:{port}/")
        argv = [sys.executable, "-m", "benchmarks.slow_side", str(fd), str(_ANSWERS_AFTER_S)]
        with child(argv, dict(os.environ), (fd,)) as service:
            let_pass(service.pid)
            yield running, port


def _publish(redis_url: str, url: str) -> None:
    nodes: dict[str, Any] = {
        f"ask{n}": {
            **{"action": "request", "service": "slow", "send": ["caller"], "fail_node": "bye"},
            "next": f"ask{n + 1}" if n + 1 < _REQUESTS else "bye",
        }
        for n in range(_REQUESTS)
    }
    tree = {"name": "asking", "nodes": {**nodes, "bye": {"action": "hangup"}}}
    sealer = Sealer(SECRET.encode)
    slow = Service("slow", url, secret=sealer.seal(new_secret()), allow_private=True)
    menus, services = CacheWriter(redis_url, SIGNED), ServicesWriter(redis_url, SIGNED)
    try:
        services.write(table_text([slow]))
        menus.swap([(PublishedMenu("ivr_bench2", 1, parse_menu(tree), prompt_files(tree)), {_ASKING_DID: ""})])
    finally:
        menus.close()
        services.close()


@contextmanager
def _asking(running: Running, service_port: int, waiting: int) -> Iterator[None]:
    """So many calls that wait for the service, and those between two requests, until the end of the block."""
    live = round(_ON_THE_WAY * waiting)
    argv = [sys.executable, "-m", "benchmarks.load", "--port", str(running.port), "--did", _ASKING_DID]
    argv += ["--calls", "1000000", "--live", str(live), "--rate", str(live / 5)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL) as load:
        let_pass(load.pid)
        try:
            wait_until(lambda: connections_to(service_port) >= waiting, f"{waiting} calls wait", 120)
            yield
        finally:
            load.kill()
