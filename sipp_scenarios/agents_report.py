"""One call to each kind of agent (agents/*.xml), SIPp on both ends, and the call record that each leaves.

    make agents                            on FreeSWITCH, or on the development switch where there is none
    DIGITREE_SWITCH=devswitch make agents  on the development switch in any case
    python -m sipp_scenarios.agents_report [NAME...] [--json FILE] [--write]

--json: the whole records; --write: the table into docs/agents.md. Exit code 0: every record is as it must be; 1: one
is not; 2: nothing to run with.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ivr.settings import Settings, SetupError
from sipp_scenarios.agent_cases import AGENT_CASES, AgentCase, differences
from sipp_scenarios.cases import Case
from sipp_scenarios.made_part import put_part
from sipp_scenarios.run import ended_call, find_switch, is_suppressed
from sipp_scenarios.sipp import HERE, agent, call, switch_name
from sipp_scenarios.target import Target, TargetError, free_addresses, own_target

PAGE = HERE.parent / "docs" / "agents.md"
_HEADS = ("agent", "attempts: result", "SIP status", "rang", "talked", "reported", "outcome", "hung up by", "")
_SHOWN = "silent"


@dataclass
class Called:
    """A call to an agent: its record, and the problems found in it or by one of the SIPps."""

    case: AgentCase
    record: dict[str, Any] | None = None
    problems: list[str] = field(default_factory=list)


def call_agents(target: Target, cases: Sequence[AgentCase], directory: Path) -> list[Called]:
    """Call all agents at once, each with its own menu, number and addresses."""
    # Area code 415 for the numbers, 480 for the callers; each number is used by one call only.
    numbers = random.sample(range(6_000_000, 9_999_999), len(cases))
    with ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(lambda case, number: _call_agent(target, case, number, directory), cases, numbers))


def _call_agent(target: Target, case: AgentCase, number: int, directory: Path) -> Called:
    called = Called(case)
    addresses = free_addresses(2 if case.then else 1)
    did, ani = f"+1415{number}", f"+1480{number}"
    _make_menu(target, case, did, addresses)
    own = directory / case.scenario
    with ExitStack() as stack:
        listening = [
            stack.enter_context(agent(scenario, address, 1, _folder(own, f"agent{place}")))
            for place, (scenario, address) in enumerate(zip((case.scenario, case.then), addresses, strict=False))
            if scenario
        ]
        caller = Case("no_input", case.outcome, dialled=did)
        problem = call(caller, target.sip, ani, _folder(own, "caller"), text=_caller_text(case))
    called.problems += [problem] if problem else []
    called.problems += [each for problems in listening for each in problems]
    called.record = ended_call(target, ani)
    if called.record is None:
        called.problems.append("no call record")
    else:
        called.problems += differences(case, called.record)
    if is_suppressed(target, ani, case.opts_out) != case.opts_out:
        called.problems.append(f"the caller is {'not ' if case.opts_out else ''}on the do-not-call list")
    return called


def _make_menu(target: Target, case: AgentCase, did: str, addresses: list[str]) -> None:
    """Create a menu that transfers every caller at once, and the agent that it names."""

    def send(path: str, body: dict[str, Any]) -> Any:
        return target.http.post(path, json=body).raise_for_status().json()

    targets: list[dict[str, Any]] = [{"uri": f"sip:agent@{address}"} for address in addresses]
    targets[0] |= case.target
    name = case.scenario.replace("_", "-")
    send("/agents", {"name": name, "targets": targets, **case.settings})
    go = {"action": "transfer", "agent": name, **case.transfer}
    menu = send("/ivr", {"name": f"to an agent: {name}", "nodes": {"go": go}})
    send(f"/ivr/{menu['id']}/assign", {"did": did})


def _folder(own: Path, name: str) -> Path:
    folder = own / name
    folder.mkdir(parents=True)
    return folder


def _caller_text(case: AgentCase) -> str:
    """The scenario of a caller with a forged X-IVR header, who hangs up or waits for the far side to do so."""
    leaves_s = case.caller_leaves_s
    text = (HERE / f"{'no_input' if leaves_s is None else 'hang_up_mid_prompt'}.xml").read_text()
    text = text.replace("Content-Type: application/sdp", "X-IVR-Outcome: forged\nContent-Type: application/sdp", 1)
    return text if leaves_s is None else text.replace('"2500"', f'"{round(1000 * leaves_s)}"')


def cells(called: Called) -> tuple[str, ...]:
    """A record as a row of the table."""
    record = called.record or {"agent": [], "outcome": None, "hung_up_by": None}
    tries: list[dict[str, Any]] = record["agent"]

    def each(show: Callable[[dict[str, Any]], str]) -> str:
        return ", ".join(filter(None, map(show, tries)))

    return (
        f"{called.case.scenario}: {called.case.does}",
        each(lambda one: str(one["result"])),
        each(lambda one: str(one["sip_status"] or "")),
        each(lambda one: _seconds(one["ring_ms"])),
        each(lambda one: _seconds(one["talk_ms"])),
        each(lambda one: one["reported"] or ""),
        str(record["outcome"] or "no record"),
        str(record["hung_up_by"] or ""),
        "as it must be" if not called.problems else "; ".join(called.problems),
    )


def _seconds(ms: int | None) -> str:
    return "" if ms is None else f"{ms / 1000:.1f} s"


def made_part(results: Sequence[Called], switch: str, shown: str | None = None) -> str:
    """Markdown: the table, and whole the record of the agent `shown`."""
    good = sum(not called.problems for called in results)
    lines = [f"On {switch}, {datetime.now(UTC):%Y-%m-%d}: {good} of {len(results)} records as they must be.", ""]
    lines += [f"| {' | '.join(_HEADS)} |", "|---" * len(_HEADS) + "|"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in cells(called))} |" for called in results]
    for called in results:
        if called.case.scenario == shown and called.record is not None:
            whole = json.dumps(called.record, indent=1)
            lines += ["", f"The record of `{shown}`, whole:", "", "```json", whole, "```"]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sipp_scenarios.agents_report", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(c.scenario for c in AGENT_CASES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole records there")
    parser.add_argument("--write", action="store_true", help="put the table into docs/agents.md")
    options = parser.parse_args(arguments)
    cases = [case for case in AGENT_CASES if not options.names or case.scenario in options.names]
    if unknown := set(options.names) - {case.scenario for case in cases}:
        parser.error(f"no such agent: {', '.join(sorted(unknown))}")
    console = Console()
    try:
        program = find_switch(Settings())
        with (
            tempfile.TemporaryDirectory(prefix="digitree-agents-") as name,
            console.status("calling each agent"),
            own_target(program, Path(name), {"DIGITREE_OUTBOUND_PRIVATE": "true"}) as target,
        ):
            results = call_agents(target, cases, Path(name))
    except (TargetError, SetupError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2
    _show(console, results)
    if options.json:
        options.json.write_text(json.dumps([called.record for called in results], indent=1) + "\n")
    if options.write:
        part, shown = ("FreeSWITCH", _SHOWN) if program else ("the development switch", None)
        put_part(PAGE, f"agents on {part}", made_part(results, switch_name(program), shown))
    return 1 if any(called.problems for called in results) else 0


def _show(console: Console, results: Sequence[Called]) -> None:
    table = Table("agent", "tries", "SIP", "rang", "talked", "reported", "outcome", "hung up by", "")
    for called in results:
        _, *found, _ = cells(called)
        table.add_row(called.case.scenario, *found, "[red]wrong[/]" if called.problems else "[green]ok[/]")
    console.print(table)
    for called in results:
        for problem in called.problems:
            console.print(f"{called.case.scenario}: {problem}", style="red", highlight=False, markup=False)


if __name__ == "__main__":
    sys.exit(main())
