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
from tests.menus.over_sip.world import WE_CALL, made_true
from tests.menus.runner import Played, WrittenMenu
from tests.sip.callee import frames, quiet, spoken
from tests.sip.callee import tone as spoken_tone

AT_ONCE = 12
# A change of services, people and numbers applies to calls within a second.
_KNOWN_AFTER_S = 1.5
_PLACES = count()
HELLO = frames(quiet(300), spoken(600))
MACHINE = frames(quiet(400), spoken(3500), quiet(500), spoken_tone(500))


@dataclass(frozen=True)
class Result:
    """What became of a script over SIP. `offline`: whether it is wrong offline, too; `reason`: why it was not called;
    `called_in`: of a call that we make, the telephone has called in its place; `was_late`: a voice took longer than a
    second for its words, as it may on a busy machine, and the product left their sentence out."""

    menu: str
    at: int
    name: str
    faults: Sequence[str]
    seconds: float = 0.0
    reason: str = ""
    offline: bool = False
    called_in: bool = False
    was_late: bool = False

    @property
    def word(self) -> str:
        return "left" if self.reason else "WRONG" if self.faults else "right"


def play_all(product: Product, menus: Sequence[WrittenMenu], only: Sequence[str] = ()) -> Iterator[Result]:
    """`only`: scripts such as M15-2, or whole menus; all without it. As they end; those in which a voice was late
    once more, when the others are through."""
    offline = played_offline(menus)
    wanted = [
        (menu, at)
        for menu in menus
        for at in range(len(menu.scripts))
        if not only or menu.number in only or f"{menu.number}-{at}" in only
    ]
    # Those that say numbers come last: a voice makes the pieces of them meanwhile.
    wanted.sort(key=lambda each: any("{" in text for text in _texts(each[0])))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(_play, product, menu, at, offline[menu.number, at]) for menu, at in wanted]
        late = []
        for each in as_completed(running):
            result = each.result()
            if result.was_late:
                late.append(result)
            else:
                yield result
    by_number = {menu.number: menu for menu in menus}
    for each_late in late:
        number, at = each_late.menu, each_late.at
        yield _play(product, by_number[number], at, offline[number, at])


def _texts(menu: WrittenMenu) -> list[str]:
    return [str(node.get(name, "")) for node in menu.menu["nodes"].values() for name in ("text", "whisper_text")]


def _play(product: Product, menu: WrittenMenu, at: int, offline: Played) -> Result:
    name, began_s = menu.scripts[at]["name"], time.monotonic()
    found: list[str] = []
    called_in = was_late = False
    try:
        with ExitStack() as stack:
            world = stack.enter_context(made_true(product, menu, at, offline, next(_PLACES)))
            called_in = world.is_called_in
            time.sleep(_KNOWN_AFTER_S)
            if menu.number in WE_CALL and not world.is_called_in:
                greeting = MACHINE if world.given.answered_by == "machine" else HELLO
                made = calling.order(world, greeting)
            else:
                stack.enter_context(busy_lines(world))
                made = calling.call(world)
            was_late = any(step["result"] == "not_said" for step in made.record["path"])
            found = faults(world, made)
    except Exception:  # noqa: BLE001 - it is shown as what is wrong with this script
        found.append(traceback.format_exc())
    faults_found, seconds = [*offline.faults, *found], time.monotonic() - began_s
    return Result(
        menu.number, at, name, faults_found, seconds, "", bool(offline.faults), called_in, was_late
    )  # fmt: skip
