"""Lines that are busy when a script begins: whoever takes calls talks with another caller, and more callers wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from typing import Any

from tests.helpers import wait_until
from tests.menus.over_sip.caller import Caller
from tests.menus.over_sip.names import new_number
from tests.menus.over_sip.product import DIDS, did_of
from tests.menus.over_sip.sounds import CALLER, tone
from tests.menus.over_sip.world import World

# Of numbers for the menus of other callers.
_PLACES = count(DIDS // 2)
_HUM = tone(CALLER, 0.02)[0]


@contextmanager
def busy_lines(world: World) -> Iterator[None]:
    """`busy` of a script: by group, for how many seconds after the script's caller came to the line the talk before
    goes on; `waiting`: how many wait."""
    with ExitStack() as stack:
        for group, seconds in world.over_sip.get("busy", {}).items():
            did = _menu(world, group)
            first = stack.enter_context(_caller(world, did))
            first.side.hums = _HUM
            (person,) = world.groups[group]
            wait_until(partial(_talks, world, person), 60, "they talk")
            waiting = world.over_sip.get("waiting", {}).get(group, 0)
            for _ in range(waiting):
                stack.enter_context(_caller(world, did))
            wait_until(partial(_are_waiting, world, group, waiting), 60, "the others wait")
            threading.Thread(target=_end_later, args=(world, first, seconds), daemon=True).start()
        yield


def _menu(world: World, group: str) -> str:
    line = {"action": "transfer", "people": world.names.own(group), "wait_s": 600, "max_waiting": 100}
    made = world.product.post("/ivr", {"name": f"Others {world.names.suffix}", "nodes": {"line": line}})
    did = did_of(next(_PLACES))
    world.product.post(f"/ivr/{made['id']}/assign", {"did": did})
    world.made.append(f"/ivr/{made['id']}")
    time.sleep(1)
    return did


@contextmanager
def _caller(world: World, did: str) -> Iterator[Caller]:
    with Caller(world.product.exchange, world.product.sip, new_number()) as phone:
        assert phone.call(did) == 200
        yield phone


def _talks(world: World, person: str) -> bool:
    return any(leg.joined_s for leg in world.product.telephones.of(person))


def _are_waiting(world: World, group: str, many: int) -> bool:
    answer: Any = world.product.http.get(f"/lines/{world.names.own(group)}")
    calls = answer.json()["calls"] if answer.status_code == 200 else []
    return sum(each["position"] is not None for each in calls) == many


def _end_later(world: World, first: Caller, seconds: float) -> None:
    while not first.over.wait(0.1):
        if any(each.phase == "bridging" for each in world.product.watch.of(world.did)):
            first.over.wait(seconds)
            break
    if not first.over.is_set():
        first.hang_up()
