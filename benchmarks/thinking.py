"""What a call costs whose menu thinks: with hours, a switch and a message, and with a request, each against a plain
menu in the same process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.product import (
    DID,
    SECRET,
    SIGNED,
    Running,
    child,
    listening,
    menu,
    product,
    prompt_files,
    write_prompts,
)
from benchmarks.runs import Target, middle, run
from ivr.domain.hours.document import parse_hours
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.service_definition import Service
from ivr.domain.service_table import table_text
from ivr.domain.signing import new_secret
from ivr.secrets import Sealer
from ivr.storage.redis.menu_cache import CacheWriter
from ivr.storage.redis.services import ServicesWriter

Say = Callable[[str], None]

PLAIN, CHOOSING, ASKING = "plain", "choosing", "asking"
_DIDS = {PLAIN: DID, CHOOSING: "+14155550101", ASKING: "+14155550102"}
_CALLS, _LIVE = 4000, 50
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALWAYS = {"zone": "America/Phoenix", "week": {day: ["00:00-24:00"] for day in _DAYS}}


def thinking(rounds: int, size: float, say: Say) -> dict[str, Any]:
    """CPU per call at 50 calls at once and how often a call waits for what it is to do next."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in _DIDS}
    with TemporaryDirectory(prefix="digitree-bench-") as home, _running(Path(home)) as running:
        target = Target("digitree", running.port, tuple(running.pids))
        for did in _DIDS.values():
            run(target, max(20, round(_CALLS * size / 8)), _LIVE, did=did)
        for number in range(3 * rounds):
            for name, did in _DIDS.items():
                found[name].append(run(target, max(20, round(_CALLS * size)), _LIVE, did=did))
                say(f"round {number + 1}: {name}: {found[name][-1]['cpu_ms']:.3f} ms a call")
    plain = found[PLAIN]
    return {
        "cpu_ms": {name: round(middle(each, "cpu_ms"), 4) for name, each in found.items()},
        "times": {
            name: round(median(its["cpu_ms"] / one["cpu_ms"] for its, one in zip(found[name], plain, strict=True)), 3)
            for name in (CHOOSING, ASKING)
        },
        "more_turns": {
            name: round(middle(found[name], "turns") - middle(plain, "turns"), 3) for name in (CHOOSING, ASKING)
        },
        "lost": sum(one["lost"] for each in found.values() for one in each),
    }


@contextmanager
def _running(home: Path) -> Iterator[Running]:
    """The call server with the three menus, and the service that one of them asks."""
    with listening() as listener, product(home, tree=menu(), dids=(DID,)) as running:
        port, fd = listener.getsockname()[1], listener.fileno()
        write_prompts(home / "prompts", _choosing())
        _publish(running.redis_url, f"http://127.0.0.1:{port}/")
        with child([sys.executable, "-m", "benchmarks.slow_side", str(fd), "0"], dict(os.environ), (fd,)):
            yield running


def _choosing() -> dict[str, Any]:
    """The plain menu behind hours, a switch on the caller and a message."""
    tree = menu()
    before = {
        "hours": {"switch": "hours:office", "case": {"open": "who", "closed": "bye"}, "default": "bye"},
        "who": {"switch": "caller", "case": {"+1480*": "hello", "+44*": "bye"}, "default": "hello"},
        "hello": {"audio": "hello.wav", "next": "welcome"},
    }
    return {"name": "choosing", "nodes": {**before, **tree["nodes"]}}


def _asking() -> dict[str, Any]:
    """The plain menu behind a request."""
    known = {"action": "request", "service": "crm", "send": ["caller"], "save": "found"}
    ask = {**known, "next": "welcome", "fail_node": "bye"}
    return {"name": "asking", "nodes": {"ask": ask, **menu()["nodes"]}}


def _publish(redis_url: str, url: str) -> None:
    sealer = Sealer(SECRET.encode)
    crm = Service("crm", url, secret=sealer.seal(new_secret()), allow_private=True)
    choosing, asking = _choosing(), _asking()
    hours = {"office": parse_hours("office", _ALWAYS)}
    published = {
        CHOOSING: PublishedMenu("ivr_bench2", 1, parse_menu(choosing), prompt_files(choosing), hours=hours),
        ASKING: PublishedMenu("ivr_bench3", 1, parse_menu(asking), prompt_files(asking)),
    }
    menus, services = CacheWriter(redis_url, SIGNED), ServicesWriter(redis_url, SIGNED)
    try:
        services.write(table_text([crm]))
        menus.swap([(each, {_DIDS[name]: ""}) for name, each in published.items()])
    finally:
        menus.close()
        services.close()
