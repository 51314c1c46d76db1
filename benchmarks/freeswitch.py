"""FreeSWITCH and our server together, against the same menu as a Lua script inside FreeSWITCH.

One FreeSWITCH, one number per kind of menu, the same callers for each in turns: three questions and a goodbye.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import cpu_seconds
from benchmarks.peers.servers import FLOOR, GREENSWITCH, peer
from benchmarks.product import DID, product
from benchmarks.switch.running import HERE, Switch, find_program, sipp_calls, start_sipp, switch, write_config
from sipp_scenarios.sipp import HERE as SCENARIOS

LUA, OURS, BARE, STOCK = "lua", "digitree", "bare", "greenswitch"
NUMBERS = {LUA: "+14155550111", OURS: DID, BARE: "+14155550112", STOCK: "+14155550113"}
RATE = 20
_HELD_NUMBER = "+14155550114"
_HELD, _HELD_S = 100, 20


def against_lua(rounds: int, size: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Raises NoSwitch."""
    program = find_program()
    calls = round(300 * size)
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in NUMBERS}
    with TemporaryDirectory(prefix="digitree-bench-") as place, ExitStack() as stack:
        directory = Path(place)
        running = stack.enter_context(product(directory / "home"))
        prompts = directory / "home" / "prompts"
        bare, bare_port = stack.enter_context(peer(FLOOR, str(prompts)))
        stock, stock_port = stack.enter_context(peer(GREENSWITCH, str(prompts)))
        numbers = {
            NUMBERS[LUA]: ("lua", f"{HERE / 'menu.lua'} {prompts}"),
            NUMBERS[BARE]: ("socket", f"127.0.0.1:{bare_port} full"),
            NUMBERS[STOCK]: ("socket", f"127.0.0.1:{stock_port} async full"),
            _HELD_NUMBER: ("playback", "silence_stream://60000"),
        }
        config = write_config(directory, numbers, ("mod_lua",))
        at = stack.enter_context(switch(directory / "home", f"127.0.0.1:{running.port}", prompts, config, program))
        servers: dict[str, list[int]] = {LUA: [], OURS: running.pids, BARE: [bare.pid], STOCK: [stock.pid]}
        for number in NUMBERS.values():
            sipp_calls(at, number, 5, 5, directory)
        for turn in range(rounds):
            for name, number in NUMBERS.items():
                before = cpu_seconds([at.pid]), cpu_seconds(servers[name])
                done = sipp_calls(at, number, calls, RATE, directory)
                if done.failed or done.good != calls:
                    raise RuntimeError(f"{name}: {done.good} of {calls} calls were good; see {at.log}")
                in_switch = 1000 * (cpu_seconds([at.pid]) - before[0]) / calls
                in_server = 1000 * (cpu_seconds(servers[name]) - before[1]) / calls
                figures[name].append((in_switch, in_server, done.mean_s))
                say(f"round {turn + 1}: {name}: {in_switch:.2f} + {in_server:.2f} ms, {done.mean_s:.2f} s a call")
        leg_percent = _leg_percent(at, directory)
    return _answer(figures, calls) | {"leg_percent": leg_percent}


def _leg_percent(at: Switch, directory: Path) -> float:
    """CPU of a leg that is up and hears something, in per cent of a core."""
    scenario = directory / "held.xml"
    text = (SCENARIOS / "hang_up_mid_prompt.xml").read_text()
    scenario.write_text(text.replace('milliseconds="2500"', f'milliseconds="{1000 * _HELD_S}"'))
    callers = start_sipp(at, scenario, _HELD_NUMBER, "+14805551234", _HELD, _HELD / 4, directory)
    # The window is between the start of the last call and the end of the first.
    time.sleep(6)
    before = cpu_seconds([at.pid])
    time.sleep(_HELD_S - 8)
    used = cpu_seconds([at.pid]) - before
    callers.process.wait(60)
    return round(100 * used / (_HELD_S - 8) / _HELD, 3)


def _answer(figures: dict[str, list[tuple[float, float, float]]], calls: int) -> dict[str, Any]:
    def middle(name: str, what: Callable[[tuple[float, float, float]], float]) -> float:
        return round(median(map(what, figures[name])), 2)

    return {
        "what": f"Three questions and a goodbye, {RATE} new calls a second, {calls} calls a round from SIPp with "
        "keys by RFC 4733; CPU of the whole FreeSWITCH process, its idle clock included, and of the server.",
        "switch_ms": {name: middle(name, lambda one: one[0]) for name in figures},
        "server_ms": {name: middle(name, lambda one: one[1]) for name in figures},
        "total_ms": {name: middle(name, lambda one: one[0] + one[1]) for name in figures},
        "times_lua": {
            name: round(median((a + b) / (c + d) for (a, b, _), (c, d, _) in zip(each, figures[LUA], strict=True)), 3)
            for name, each in figures.items()
        },
        "call_s": {name: middle(name, lambda one: one[2]) for name in figures},
    }
