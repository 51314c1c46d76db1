"""The sums of docs/scaling.md, computed from the results, so that new measurements update them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.calls import PRODUCT
from sipp_scenarios.made_part import paragraph, put_part

PAGE = Path(__file__).parents[1] / "docs" / "scaling.md"
_MOST = 0.7  # of a core
_SWITCH_CORES, _SERVER_CORES, _SERVER_CALLS = 8, 4, 5000
_LIVE, _CALL_S = 100_000, 60
_RECORD_KB = 1.5
_CALL_KBIT_S = 87  # G.711, 20 ms, with all headers, one way


@dataclass(frozen=True)
class Costs:
    """Milliseconds of a core: of the call server a call, at full speed, with 1,000 live, and at FreeSWITCH's pace; of
    FreeSWITCH a call that is `short_s` long, and a second of a leg. `kb`: the call server's memory of a live call."""

    server_ms: float
    paced_ms: float
    beside_ms: float
    kb: float
    short_ms: float
    short_s: float
    leg_ms_s: float

    @property
    def set_up_ms(self) -> float:
        """FreeSWITCH's part of a call that does not depend on its length."""
        return max(0.0, self.short_ms - self.short_s * self.leg_ms_s)

    def switch_ms(self, menu_s: float, talk_s: float = 0.0, talks: float = 0.0) -> float:
        """A call of `menu_s` in the menu, of which a part `talks` then has a second leg for `talk_s`."""
        return self.set_up_ms + menu_s * self.leg_ms_s + talks * (self.set_up_ms + 2 * talk_s * self.leg_ms_s)


def costs(results: dict[str, Any]) -> Costs:
    """The costs from the results; raises KeyError when one is not measured."""
    switch = results["freeswitch"]["measured"]
    return Costs(
        server_ms=results["cost"]["measured"][PRODUCT]["cpu_ms"],
        paced_ms=results["paced"]["measured"][PRODUCT]["cpu_ms"],
        beside_ms=switch["server_ms"][PRODUCT],
        kb=results["memory"]["measured"]["kB_per_call"],
        short_ms=switch["switch_ms"][PRODUCT],
        short_s=switch["call_s"][PRODUCT],
        leg_ms_s=10 * switch["leg_percent"],
    )


def write(results: dict[str, Any], page: Path = PAGE) -> None:
    try:
        known = costs(results)
    except KeyError:
        return
    put_part(page, "what one core carries", one_core(known, results.get("load", {}).get("measured")))
    put_part(page, "100,000 live calls", on_paper(known))


def one_core(known: Costs, load: dict[str, Any] | None) -> str:
    per_s = 1000 * _MOST
    rows = [
        ("call server, calls one after the other, 50 at once", f"{known.server_ms:.2f} ms a call",
         f"{_round(per_s / known.server_ms)} new calls a second"),
        ("call server, 1,000 live calls that press a key every 2 s", f"{known.paced_ms:.2f} ms a call",
         f"{_round(per_s / known.paced_ms)} new calls a second"),
        ("call server, beside FreeSWITCH at 20 new calls a second", f"{known.beside_ms:.1f} ms a call", ""),
        ("memory of a live call in the call server", f"{known.kb:.0f} kB",
         f"5,000 live calls: {5 * known.kb:.0f} MB"),
        (f"FreeSWITCH, a call of three questions, {known.short_s:.0f} s", f"{known.short_ms:.1f} ms a call",
         f"{per_s / known.short_ms:.0f} new calls a second"),
        ("FreeSWITCH, a leg that is up and hears something", f"{known.leg_ms_s / 10:.2f} % of a core",
         f"{100 * _MOST / (known.leg_ms_s / 10):.0f} legs"),
    ]  # fmt: skip
    lines = ["| | measured | one core, at 70 % |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    long_ms, both_ms = known.switch_ms(30), known.switch_ms(30, 180, 0.5)
    budget_ms = _SWITCH_CORES * per_s
    lines += [
        "",
        paragraph(
            "FreeSWITCH is what there must be more of: it does the sound. For a call of `T` seconds in the menu it",
            f"needs about `{known.set_up_ms:.0f} ms + T x {known.leg_ms_s:.1f} ms`; a caller and an agent are two",
            f"legs. For a call of 30 s that is {long_ms:.0f} ms, {long_ms / known.beside_ms:.0f} times what the call",
            "server needs beside it.",
        ),
        "",
        paragraph(
            f"A switch of eight cores at 70 % has {budget_ms / 1000:.1f} core seconds a second. With calls of 30 s",
            f"in the menu that is {budget_ms / long_ms:.0f} new calls a second, some",
            f"{_round(budget_ms / long_ms * 30)} live; where every second call then talks for three minutes to an",
            "agent, over two legs, it is",
            f"{budget_ms / both_ms:.1f} new calls a second and some {_round(budget_ms / both_ms * 120)} live calls.",
            "These are sums on paper from the two FreeSWITCH rows.",
        ),
    ]
    if load and load["highest_good_rate"]:
        best = next(each for each in load["steps"] if each["rate"] == load["highest_good_rate"])
        lines += [
            "",
            paragraph(
                f"Measured with all on one machine (`make load`): {best['rate']:g} new calls a second of a mix of",
                f"callers, {best['live']} live, with FreeSWITCH at {best['switch_ms']:.0f} ms a call of",
                f"{best['call_s']:.1f} s (a third of them with an agent), the call server at {best['server_ms']:.1f}",
                f"ms, keeper, API and stores at {best['rest_ms']:.1f} ms, SIPp itself at {best['sipp_ms']:.0f} ms.",
            ),
        ]
    return "\n".join(lines)


def on_paper(known: Costs) -> str:
    per_s = _LIVE / _CALL_S
    legs, set_up = _LIVE * known.leg_ms_s / 1000, per_s * known.set_up_ms / 1000
    switches = math.ceil((legs + set_up) / (_SWITCH_CORES * _MOST))
    server = per_s * known.paced_ms / 1000
    gbit_s = _LIVE * _CALL_KBIT_S / 1e6
    mb_s = per_s * _RECORD_KB / 1000
    rows = [
        ("FreeSWITCH", f"{_LIVE:,} x {known.leg_ms_s / 10:.2f} % + {per_s:,.0f} x {known.set_up_ms:.0f} ms = "
         f"{legs:.0f} + {set_up:.0f} cores", f"{switches} of eight cores at 70 %"),
        ("call servers", f"{per_s:,.0f} x {known.paced_ms:.2f} ms = {server:.1f} cores, "
         f"{_LIVE * known.kb / 1e6:.1f} GB of live calls",
         f"{max(2, math.ceil(server / (_SERVER_CORES * _MOST)))} of four cores; {_LIVE // _SERVER_CALLS} processes "
         f"at {_SERVER_CALLS:,} calls each, or a higher `DIGITREE_MAX_CALLS`"),
        ("network", f"{_LIVE:,} x {_CALL_KBIT_S} kbit/s each way (G.711, 20 ms) = {gbit_s:.1f} Gbit/s",
         f"{gbit_s / switches:.1f} Gbit/s a switch"),
        ("Redis", f"{per_s:,.0f} look-ups a second at most", "1, and its replicas"),
        ("Postgres", f"{per_s:,.0f} records a second, about {_RECORD_KB} kB each: {mb_s:.1f} MB/s, "
         f"{_round(mb_s * 86.4)} GB a day", "1 and a standby; keep as many months as fit"),
    ]  # fmt: skip
    head = f"Calls of {_CALL_S} s, all in the menu: {per_s:,.0f} new calls a second."
    lines = [head, "", "| part | sum | machines |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _round(value: float) -> str:
    """Rounded to two digits, since these are estimates."""
    digits = max(0, len(str(round(value))) - 2)
    return f"{round(value, -digits):,.0f}"
