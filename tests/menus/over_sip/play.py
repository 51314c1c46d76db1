"""All scripts on one switch, many at once."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count

from tests.menus.over_sip import calling
from tests.menus.over_sip.lines import busy_lines
from tests.menus.over_sip.offline import played_offline
from tests.menus.over_sip.product import Product
from tests.menus.over_sip.verdict import faults
from tests.menus.over_sip.world import made_true
from tests.sip.callee import frames, quiet, spoken
from tests.sip.callee import tone as spoken_tone
from tests.menus.runner import Played, WrittenMenu

AT_ONCE = 14
# Menus of calls that we make.
WE_CALL = frozenset({"M17", "M19"})
# A change of services, people and numbers applies to calls within a second.
_KNOWN_AFTER_S = 1.5
_PLACES = count()
HELLO = frames(quiet(300), spoken(600))
MACHINE = frames(quiet(400), spoken(3500), quiet(500), spoken_tone(500))


@dataclass(frozen=True)
class Result:
    """What became of a script over SIP: `reason`, why it was not called."""

    menu: str
    at: int
    name: str
    faults: Sequence[str]
    seconds: float = 0.0
    reason: str = ""


def play_all(product: Product, menus: Sequence[WrittenMenu], only: Sequence[str] = ()) -> Iterator[Result]:
    """`only`: scripts such as M15-2, or whole menus; all without it. As they end."""
    offline = played_offline(menus)
    wanted = [
        (menu, at)
        for menu in menus
        for at in range(len(menu.scripts))
        if not only or menu.number in only or f"{menu.number}-{at}" in only
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(_play, product, menu, at, offline[menu.number, at]) for menu, at in wanted]
        for each in as_completed(running):
            yield each.result()


def _play(product: Product, menu: WrittenMenu, at: int, offline: Played) -> Result:
    name, began_s = menu.scripts[at]["name"], time.monotonic()
    found: list[str] = []
    try:
        with ExitStack() as stack:
            world = stack.enter_context(made_true(product, menu, at, offline, next(_PLACES)))
            time.sleep(_KNOWN_AFTER_S)
            if menu.number in WE_CALL:
                greeting = MACHINE if world.given.answered_by == "machine" else HELLO
                made = calling.order(world, greeting)
            else:
                stack.enter_context(busy_lines(world))
                made = calling.call(world)
            found = faults(world, made)
    except Exception:
        found.append(traceback.format_exc())
    return Result(menu.number, at, name, [*offline.faults, *found], time.monotonic() - began_s)
