"""The measurements in results.json as rows with their limits and as the page RESULTS.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import load_report, scaling
from benchmarks.calls import BIG_MENU, PRODUCT, TWO
from benchmarks.encrypted import CLEAR, ENCRYPTED, SIGNALLING
from benchmarks.first_of_several import most_ms
from benchmarks.first_of_several import part as first_of_several_part
from benchmarks.first_words import CHECKED, PLAIN
from benchmarks.listening.report import part as listening_part
from benchmarks.load_step import MOST_MS
from benchmarks.machine import load_average
from benchmarks.pages import part as pages_part
from benchmarks.peers.servers import FLOOR, GENESIS, GREENSWITCH
from benchmarks.thinking import ASKING, CHOOSING
from sipp_scenarios.made_part import put_part

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE / "RESULTS.md"
README = HERE.parent / "README.md"
NOTES = HERE / "notes.json"

Measured = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """`value` finds the figure in its section (KeyError: not measured); `bar` and `aim` are limits on it, `most`
    says which side of them is good. None: there is no such limit."""

    section: str
    what: str
    value: Callable[[Measured], float]
    unit: str
    bar: float | None
    aim: float | None
    most: bool = False

    def limit(self, limit: float | None) -> str:
        if limit is None:
            return ""
        return f"{'at least' if self.most else 'at most'} {_number(limit)} {self.unit}".rstrip()

    def verdict(self, value: float) -> str:
        for limit, word in ((self.aim, "aim"), (self.bar, "bar")):
            if limit is not None and (value >= limit if self.most else value <= limit):
                return word
        return "short"


def _ours(name: str) -> Callable[[Measured], float]:
    return lambda found: float(found[PRODUCT][name])


def _plain(name: str) -> Callable[[Measured], float]:
    return lambda found: float(found[name])


def _in(table: str, name: str) -> Callable[[Measured], float]:
    return lambda found: float(found[table][name])


def _in_both(name: str, which: str) -> Callable[[Measured], float]:
    return lambda found: max(float(found[kind][name][which]) for kind in (CHECKED, PLAIN))


def _not_served(found: Measured) -> float:
    return float(found[PRODUCT]["lost"] + found[PRODUCT]["refused"])


ROWS = (
    Row("cost", "CPU per call, 50 at once", _ours("cpu_ms"), "ms", 0.35, 0.17),
    Row("cost", "cheaper than stock greenswitch", _in("times_cheaper", GREENSWITCH), "times", 10, 20, True),
    Row("cost", "cheaper than genesis", _in("times_cheaper", GENESIS), "times", None, None, True),
    Row("cost", "a bare handler, as a fraction of our cost", _in("times_cheaper", FLOOR), "times", None, None, True),
    Row("cost", "calls a second, one process", _ours("calls_per_s"), "/s", 2800, 5500, True),
    Row("two_processes", "capacity of two processes against one", _plain("ratio"), "times", 1.8, 1.95, True),
    Row("burst", "2,000 calls, 500 at once: lost or refused", _not_served, "", 0, 0),
    Row("paced", "key to prompt p99, 1,000 live calls", _ours("p99_ms"), "ms", 3, 0.6),
    Row("paced", "CPU per call then", _ours("cpu_ms"), "ms", None, None),
    Row("thinking", "hours, switch and message before the plain menu", _in("times", CHOOSING), "times", 1.05, 1.02),
    Row("thinking", "a request, against the plain menu: more turns of a call", _in("more_turns", ASKING), "", 1, 1),
    Row("thinking", "CPU per call then", _in("times", ASKING), "times", None, None),
    Row("slow_service", "key to prompt p99 beside 1,000 calls in a slow service", _plain("times"), "times", 1.5, 1.2),
    Row("memory", "memory a live call, 5,000 of them", _plain("kB_per_call"), "kB", 40, 20),
    Row("start", "connect to first command p99, 50 new calls/s", _ours("p99"), "ms", 5, 1),
    Row("freeswitch", "FreeSWITCH and ours, against Lua", _in("times_lua", "digitree"), "times", 1.22, 1.15),
    Row("freeswitch", "FreeSWITCH and a bare handler, against Lua", _in("times_lua", "bare"), "times", None, None),
    Row("freeswitch", "the menu in Lua: FreeSWITCH alone", _in("total_ms", "lua"), "ms", None, None),
    Row("encrypted", "a leg over TLS with SRTP, against one in clear", _in("times", ENCRYPTED), "times", None, 1.05),
    Row("first_words", "agent's 200 to the caller's first packet", _in_both("own_ms", "median"), "ms", None, 40),
    Row("first_of_several", "the first answers: until the last of ten stops ringing", most_ms, "ms", 200, 50),
    Row("redis_trips", "Redis trips per call", _plain("per_call"), "", 1, 1),
    Row("cost", "500 nodes against 5, cost per call", _in("times_cheaper", BIG_MENU), "times", 1.1, 1.02),
    Row("patch", "PATCH to served, 100 DIDs, median", _plain("p50_ms"), "ms", 50, 10),
    Row("reads", "GET /ivr/{id}, one process", _plain("per_s"), "/s", 800, 2000, True),
    Row("speech", "five sample prompts, cold voice", _plain("cold_s"), "s", 4, None),
    Row("speech", "the same text again, each", _plain("again_ms"), "ms", 10, None),
    Row("voices", "CPU a second of Kokoro's speech, against Piper's", _plain("times_piper"), "times", None, None),
    Row("voices", "Kokoro's seconds a second of speech", _in("real_time_factor", "af_heart"), "s", None, None),
    Row("pages", "dearest page, 500 menus and 100,000 calls: CPU", _plain("dearest_cpu_ms"), "ms", 100, None),
    Row("pages", "slowest page, 500 menus and 100,000 calls: server", _plain("slowest_server_ms"), "ms", 200, None),
    Row("pages", "slowest largest paint of a page", _plain("slowest_largest_ms"), "ms", 1000, None),
    Row("pages", "largest layout shift of a page", _plain("largest_shift"), "", 0.02, 0),
    Row("growth", "slowest search of call records, first query or p99", _plain("slowest_search_ms"), "ms", 100, None),
    Row("growth", "slowest sum over a year, first query or p99", _plain("slowest_sum_ms"), "ms", None, None),
    Row("growth", "slowest list or look-up, grown, p99", _plain("slowest_p99_ms"), "ms", 50, None),
    Row("growth", "CPU per call, grown against small", _plain("call_cost_ratio"), "times", 1.1, 1.02),
)


def load() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return found


def stamp() -> dict[str, Any]:
    """When it was measured, and how busy the machine was."""
    return {"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "load_before": round(load_average(), 2)}


def section(measured: Measured, rounds: int, size: float, begun: dict[str, Any]) -> dict[str, Any]:
    return {"measured": measured, "rounds": rounds, "size": size, **begun}


def write(results: dict[str, Any]) -> None:
    """results.json, the page and its plots, and what README.md and docs/scaling.md say of it."""
    from benchmarks.plot import draw_cost, draw_listening, draw_load

    if "curve" in results:
        draw_cost(results["curve"]["measured"], HERE / "cost.svg")
    if "load" in results:
        draw_load(results["load"]["measured"]["steps"], MOST_MS, HERE / "load.svg")
    if "listening" in results:
        draw_listening(results["listening"]["measured"]["voices"], HERE / "listening.svg")
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))
    scaling.write(results)
    if "load" in results:
        carried = load_report.carried(results["load"]["measured"], results["machine"])
        put_part(README, "what one machine carries", carried)


def rows(results: dict[str, Any]) -> list[tuple[Row, float | None]]:
    found = []
    for row in ROWS:
        try:
            value = row.value(results[row.section]["measured"])
        except KeyError:
            value = None
        found.append((row, value))
    return found


def page(results: dict[str, Any]) -> str:
    notes: dict[str, str] = json.loads(NOTES.read_text()) if NOTES.exists() else {}
    machine = results.get("machine", {})
    lines = [
        "# What a call costs",
        "",
        "Written by `make bench`; do not edit. Every comparison is of runs in turns within the same minutes.",
        "",
        "; ".join(f"{name}: {value}" for name, value in machine.items()) + ".",
        "",
        "| | bar | aim | measured | reached |",
        "|---|---|---|---|---|",
    ]
    for row, value in rows(results):
        measured = "not measured here" if value is None else f"{_number(value)} {row.unit}".rstrip()
        verdict = "" if value is None or row.bar is None else row.verdict(value)
        lines.append(f"| {row.what} | {row.limit(row.bar)} | {row.limit(row.aim)} | {measured} | {verdict} |")
    shortfalls = [row.what for row, value in rows(results) if value is not None and row.bar is not None
                  and row.verdict(value) == "short"]  # fmt: skip
    lines += ["", *(f"- **{what}**: {notes[what]}" for what in shortfalls if what in notes), ""]
    parts = (
        *(_servers, _growth, _freeswitch, _encrypted, _first_words, first_of_several_part, listening_part, _hosts),
        *(pages_part, _load, _method),
    )
    for part in parts:
        lines += part(results)
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _servers(results: dict[str, Any]) -> list[str]:
    cost = results.get("cost", {}).get("measured", {})
    paced = results.get("paced", {}).get("measured", {})
    burst = results.get("burst", {}).get("measured", {})
    lines = [
        "## Side by side", "",
        "| server | CPU per call, 50 at once (least, most) | calls/s | generator's own CPU per call "
        "| 500 at once: lost | key to prompt p99, paced | CPU per call then |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name in (PRODUCT, BIG_MENU, FLOOR, GREENSWITCH, GENESIS):
        if name not in cost:
            continue
        one, slow, many = cost[name], paced.get(name), burst.get(name)
        low, high = one["cpu_ms_spread"]
        cells = [f"{_number(one['cpu_ms'])} ms ({_number(low)}, {_number(high)})", _number(one["calls_per_s"])]
        cells += [f"{_number(one['generator_ms'])} ms"]
        cells += [f"{many['lost']} of {many['calls']:,}" if many else ""]
        cells += [f"{_number(slow['p99_ms'])} ms, {slow['live']:,} live" if slow else ""]
        cells += [f"{_number(slow['cpu_ms'])} ms" if slow else ""]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    two = results.get("two_processes", {}).get("measured")
    if two:
        costs = f"{_number(two['cpu_ms'][TWO])} ms a call against {_number(two['cpu_ms'][PRODUCT])}"
        share = f"the busier one has {two['share_of_busiest']:.0%} of the work"
        rate = f"calls a second, with the generator on the same cores: {two['rate_ratio']} times"
        made = f"Medians of {two['pairs']} pairs of runs; the generator, written in {two['generator']}, takes"
        lines += ["", f"Two processes: {costs}, {share}; {rate}. {made} {_number(two['generator_ms'])} ms a call."]
    return [*lines, "", "![CPU per call against live calls](cost.svg)", ""]


def _growth(results: dict[str, Any]) -> list[str]:
    grown = results.get("growth", {}).get("measured")
    if not grown:
        return []
    lines = ["## Grown", "", "| loaded | rows | rows/s |", "|---|---|---|"]
    lines += [f"| {what} | {one['rows']:,} | {one['per_s']:,} |" for what, one in grown["loaded"].items()]
    lines += ["", "| search, 50 records a page | first on a new connection | p50 | p99 |", "|---|---|---|---|"]
    for what, one in grown["history"].items():
        lines.append(f"| {what} | {one['first']} ms | {one['p50']} ms | {one['p99']} ms |")
    lines += ["", "| request | p50 | p99 |", "|---|---|---|"]
    lines += [f"| `{what}` | {one['p50']} ms | {one['p99']} ms |" for what, one in grown["requests"].items()]
    return [*lines, ""]


def _freeswitch(results: dict[str, Any]) -> list[str]:
    found = results.get("freeswitch", {}).get("measured")
    if not found:
        return []
    lines = ["## With a real FreeSWITCH", "", found["what"], "",
             "| menu | FreeSWITCH | server | both, per call | against Lua |", "|---|---|---|---|---|"]  # fmt: skip
    for name, total in found["total_ms"].items():
        cells = [found["switch_ms"][name], found["server_ms"][name], total, found["times_lua"][name]]
        lines.append(f"| {name} | {cells[0]} ms | {cells[1]} ms | {cells[2]} ms | {cells[3]} |")
    if "leg_percent" in found:
        lines += ["", f"A leg that is up and hears something: {found['leg_percent']} % of a core."]
    return [*lines, ""]


def _encrypted(results: dict[str, Any]) -> list[str]:
    found = results.get("encrypted", {}).get("measured")
    if not found:
        return []
    names = {CLEAR: "in clear", SIGNALLING: "TLS, sound in clear", ENCRYPTED: "TLS, AES-256-GCM (offered first)"}
    lines = ["## An encrypted leg", "", found["what"], "", "| leg | CPU | times |", "|---|---|---|"]
    for kind, leg_ms in found["leg_ms"].items():
        lines.append(f"| {names.get(kind, f'TLS, {kind}')} | {leg_ms} ms | {found['times'][kind]} |")
    once, second = found["once_ms"], found["second_ms"]
    return [
        *lines,
        "",
        f"Calls three times as long: {found['long_times']} times. A second of sound costs {second[CLEAR]} ms in "
        f"clear and {second[ENCRYPTED]} ms encrypted; a call costs {once[CLEAR]} ms and {once[ENCRYPTED]} ms once.",
        "",
    ]


def _first_words(results: dict[str, Any]) -> list[str]:
    found = results.get("first_words", {}).get("measured")
    if not found:
        return []

    def cell(one: dict[str, float], unit: str = " ms") -> str:
        return f"{_number(one['median'])}{unit}, {_number(one['most'])}{unit}"

    lines = ["## The agent's first sound", "", f"{found['what']} Median and most of {found['calls']} calls.", ""]
    lines += [
        "| agent | 200 to first packet | to the caller's own | lost by then | lost in the talk | on the way "
        "| of the agent's first half second lost | of the rest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind in (CHECKED, PLAIN):
        one = found[kind]
        cells = [cell(one["first_ms"]), cell(one["own_ms"]), cell(one["lost_first"], ""), cell(one["lost_later"], "")]
        cells += [cell(one["delay_ms"]), cell(one["word_lost"], ""), cell(one["agent_lost"], "")]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return [*lines, ""]


def _hosts(results: dict[str, Any]) -> list[str]:
    found = results.get("hosts", {}).get("measured")
    if not found:
        return []
    lines = ["## Two call servers on two addresses, the first lost under load", ""]
    lines += ["| the first is | calls | failed | ended on the first | on the second | taken over in mid-call |"]
    lines += ["|---|---|---|---|---|---|"]
    for what, one in found.items():
        ended = [sum(one[name].values()) for name in ("first", "second")]
        lines.append(f"| {what} | {one['calls']} | {one['failed']} | {ended[0]} | {ended[1]} | {one['taken_over']} |")
    return [*lines, ""]


def _load(results: dict[str, Any]) -> list[str]:
    found = results.get("load", {}).get("measured")
    return load_report.section(found, results.get("machine", {})) if found else []


def _method(results: dict[str, Any]) -> list[str]:
    lines = ["## How", ""]
    lines += [
        "- CPU is user and system time of the whole process from `/proc`, generator and stores not counted; a call "
        "is three questions and a hand-off, of the whole product: menu of its DID as Redis has it, interpreter, "
        "place, journal with two records.",
        "- The generator is one Python process (two processes are measured with one in C where there is a compiler). "
        "Its own CPU per call is in the table: where it is below the server's, the server was the bottleneck.",
        "- The rate on a machine of two cores is that of a server and a generator that meet on the loopback.",
        "- greenswitch and genesis are played the async side, with events as large as FreeSWITCH's but without its "
        "20 ms of delay per application.",
        *_slow_service(results),
        "",
    ]
    lines += ["| section | rounds | measured at | load average before |", "|---|---|---|---|"]
    for name, section in results.items():
        if isinstance(section, dict) and "measured" in section:
            lines.append(f"| {name} | {section['rounds']} | {section['at']} | {section['load_before']} |")
    return lines


def _slow_service(results: dict[str, Any]) -> list[str]:
    found = results.get("slow_service", {}).get("measured")
    if found is None:
        return []
    way = ", the service and those who wait for it giving way to them, and other programs to all"
    first = way if found["before_other_programs"] else ""
    p99s = f"{_number(found['p99_alone_ms'])} ms alone, {_number(found['p99_ms'])} ms beside"
    return [
        f"- Beside a slow service: {found['others']} paced calls, alone and beside at least "
        f"{found['in_a_request']:,} in a request at once, in turns{first}: p99 {p99s}."
    ]


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}".rstrip("0")
