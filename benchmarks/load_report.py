"""The results of `make load` in words, for RESULTS.md and the README."""

from __future__ import annotations

from typing import Any

from benchmarks.load_step import MOST_MS, reasons
from sipp_scenarios.made_part import paragraph

_LEDGER = {
    "calls": "calls",
    "menu_minutes": "minutes in the menu",
    "agent_minutes": "minutes with the agent",
    "deflected_calls": "calls that ended in the menu (deflected)",
    "deflected_minutes": "their minutes: saved for the agent",
    "ivr_usd": "cost of the menu",
    "agent_usd": "cost of the agent",
    "saved_usd": "saved (`saved_usd`: the deflected calls alone)",
    "all_to_agent_usd": "all these minutes with the agent would have cost",
    "saved_against_all_to_agent_usd": "saved against that",
}


def section(found: dict[str, Any], machine: dict[str, str]) -> list[str]:
    """Lines of Markdown."""
    mix = ", ".join(f"{name} {share}" for name, share in found["mix"].items())
    lines = [f"## SIPp against {found['switch']}", "", carried(found, machine), ""]
    lines += [
        paragraph(
            f"Mix: {mix}; and patient telephones, two a second at most, that wait for the end of each prompt: theirs",
            "is the time from key to prompt, in the RTP. Keys by RFC 4733 and SIP INFO, half each. Wrong are records",
            "that are missing or have another outcome than their kind of caller must have. CPU is of whole",
            "processes, from `/proc`: `rest` is keeper, API, Postgres, Redis, speech. SIPp is on the same machine.",
        ),
        "",
        "| calls/s | calls | live | failed | wrong | key to prompt p50, p99 | p99 by RFC 4733, by INFO "
        "| FreeSWITCH a call | call server | rest | SIPp | cores busy | load average before | |",
        "|---" * 14 + "|",
    ]
    for each in found["steps"]:
        heard = each["key_to_prompt_ms"]
        cells = [each["rate"], each["calls"], each["live"], each["failed"], each["wrong"]]
        cells += [f"{heard['p50']:.0f} ms, {heard['p99']:.0f} ms" if heard else "not heard"]
        cells += [", ".join(f"{way['p99']:.0f} ms" for way in each["by_way_ms"].values() if way)]
        cells += [f"{each[name]:.1f} ms" for name in ("switch_ms", "server_ms", "rest_ms", "sipp_ms")]
        cells += [f"{each['busy_percent']} %", each["load_before"], ", ".join(reasons(each)) or "good"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "![Key to prompt and CPU against the rate](load.svg)", "", *_ledger(found["ledger"]), ""]
    return lines


def _ledger(ledger: dict[str, Any]) -> list[str]:
    verdict = "agree" if ledger["agrees"] else f"differ ({', '.join(ledger['apart'])})"
    lines = [
        "### The ledger of that load",
        "",
        paragraph(
            "Of the good steps: `GET /usage`, and the same from the call lengths and outcomes that SIPp and the",
            f"telephones noted by themselves. They {verdict}: calls exactly, times within 0.3 s a call.",
        ),
        "",
        "| | GET /usage | from the callers' side |",
        "|---|---|---|",
    ]
    for name, words in _LEDGER.items():
        pair = ledger["figures"][name]
        usage, reckoned = (_shown(name, pair[whose]) for whose in ("usage", "reckoned"))
        lines.append(f"| {words} | {usage} | {reckoned} |")
    return lines


def _shown(name: str, value: str) -> str:
    number = float(value)
    return f"${number:,.4f}" if name.endswith("usd") else f"{number:,.0f}" if "calls" in name else f"{number:,.2f}"


def carried(found: dict[str, Any], machine: dict[str, str]) -> str:
    """How many calls one machine carries and what they cost, in a few sentences."""
    good = [each for each in found["steps"] if not reasons(each)]
    if not good:
        return "No rate that was tried held."
    best = max(good, key=lambda each: float(each["rate"]))
    heard = best["key_to_prompt_ms"]
    sentences = [
        f"One machine ({machine.get('CPU', 'unknown')}) with {found['switch']}, all of Digitree and the SIPp that "
        f"calls it carries **{best['rate']:g} new calls a second** of a mix of callers ({best['live']} live at once, "
        f"{best['call_s']:.0f} s each): none fails, no record is wrong, and from a key to the next prompt it takes "
        f"{heard['p50']:.0f} ms (p99 {heard['p99']:.0f} ms)"
    ]
    bad = [each for each in found["steps"] if reasons(each) and each["rate"] > best["rate"]]
    if bad:
        least = min(bad, key=lambda each: float(each["rate"]))
        sentences.append(f"At {least['rate']:g} a second: {', '.join(reasons(least))}; {MOST_MS:.0f} ms is the limit")
    cores = _cores(machine)
    spent = f"FreeSWITCH {best['switch_ms']:.0f} ms a call, the call server {best['server_ms']:.1f}, keeper, API and "
    spent += f"stores {best['rest_ms']:.1f}, SIPp {best['sipp_ms']:.0f}"
    ours_ms = sum(best[name] for name in ("switch_ms", "server_ms", "rest_ms", "sipp_ms"))
    others_ms = best["busy_percent"] * cores * 10 / best["rate"] - ours_ms
    if others_ms > 0.15 * ours_ms:
        spent += f", and other work on the machine {others_ms:.0f}"
    busy = f"The cores were {best['busy_percent']} % busy at the rate that held"
    busy += f", {least['busy_percent']} % at the one that did not: {spent}" if bad else f": {spent}"
    sentences.append(busy)
    return paragraph(". ".join(sentences) + ".")


def _cores(machine: dict[str, str]) -> int:
    words = machine.get("CPU", "").split()
    return int(words[-2]) if len(words) > 1 and words[-2].isdigit() else 0
