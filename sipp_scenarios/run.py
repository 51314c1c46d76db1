"""Run the scenarios and report their results.

    python -m sipp_scenarios.run             starts its own Digitree, on this machine's FreeSWITCH, or without one on
                                             the development switch
    python -m sipp_scenarios.run --running   calls the running Digitree (DIGITREE_HTTP, DIGITREE_SIP,
                                             DIGITREE_API_KEY); leaves call records and one do-not-call entry

Exit code 0: every call had the expected result; 1: one had not; 2: the scenarios cannot run here.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ivr.settings import Settings, SetupError
from launcher.freeswitch import find_freeswitch
from sipp_scenarios.cases import Case, cases_for
from sipp_scenarios.sipp import answering_agent, call, has_raw_sockets
from sipp_scenarios.target import Target, TargetError, own_target, running_target

_RECORD_S = 30.0
_CALLS_AT_ONCE = 8


@dataclass
class Result:
    """The problems of a call, by where they were seen; none if it had the expected result."""

    case: Case
    sip: list[str] = field(default_factory=list)
    record: list[str] = field(default_factory=list)
    dnc: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def problems(self) -> list[str]:
        return self.sip + self.record + self.dnc


def find_switch(settings: Settings) -> Path | None:
    """This machine's FreeSWITCH; None without one, for the development switch. TargetError without SIPp."""
    if shutil.which("sipp") is None:
        raise TargetError("no SIPp on this machine (Debian package sip-tester)")
    return None if settings.switch == "devswitch" else find_freeswitch(settings)


def run_cases(
    target: Target, cases: Sequence[Case], directory: Path, done: Callable[[Result], None] = lambda _: None
) -> list[Result]:
    """Run all cases side by side; those with SIPp as their agent come last. `directory` keeps SIPp's files."""
    wants_agent = [case for case in cases if case.agent == "answers" and target.agent is not None]
    others = [case for case in cases if case not in wants_agent]
    results = _run_group(target, others, directory, done)
    if wants_agent and target.agent is not None:
        with answering_agent(target.agent, len(wants_agent), directory) as agent_problems:
            with_agent = _run_group(target, wants_agent, directory, done)
        for result in with_agent:
            result.sip += agent_problems
        results += with_agent
    return results


def _run_group(
    target: Target, cases: Sequence[Case], directory: Path, done: Callable[[Result], None]
) -> list[Result]:
    # Area code 480: each case has its own caller's number.
    callers = [f"+1480{number}" for number in random.sample(range(2_000_000, 9_999_999), len(cases))]
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        return list(pool.map(lambda case, ani: _run_case(target, case, ani, directory, done), cases, callers))


def _run_case(target: Target, case: Case, ani: str, directory: Path, done: Callable[[Result], None]) -> Result:
    result = Result(case)
    own = directory / case.name.replace(" ", "_")
    own.mkdir()
    began = time.monotonic()
    problem = call(case, target.sip, ani, own)
    result.seconds = time.monotonic() - began
    if problem is not None:
        result.sip.append(problem)
    if case.outcome is not None:
        result.record += _record_problems(case, ended_call(target, ani))
    if is_suppressed(target, ani, case.opts_out) != case.opts_out:
        result.dnc.append(f"{ani} is {'not ' if case.opts_out else ''}on the do-not-call list")
    done(result)
    return result


def ended_call(target: Target, ani: str) -> dict[str, Any] | None:
    """The call record once it has an outcome; it reaches the database a moment after the call."""
    deadline = time.monotonic() + _RECORD_S
    while True:
        record = target.find_call(ani)
        if (record is not None and record["outcome"]) or time.monotonic() > deadline:
            return record
        time.sleep(0.2)


def is_suppressed(target: Target, ani: str, expected: bool) -> bool:
    """Whether the number is on the do-not-call list; if that is expected, wait for it."""
    deadline = time.monotonic() + (_RECORD_S if expected else 0)
    while True:
        suppressed = target.is_suppressed(ani)
        if suppressed or time.monotonic() > deadline:
            return suppressed
        time.sleep(0.2)


def _record_problems(case: Case, record: dict[str, Any] | None) -> list[str]:
    if record is None:
        return ["no call record"]
    path = tuple((step["node"], step["result"], step["key"]) for step in record["path"])
    agent_results = [attempt["result"] for attempt in record["agent"]]
    wanted_results = [] if case.agent_result is None else [case.agent_result]
    compared = (
        ("did", record["did"], case.dialled),
        ("outcome", record["outcome"], case.outcome),
        ("path", path, case.path),
        ("agent", agent_results, wanted_results),
    )
    return [f"{what} is {got}, not {wanted}" for what, got, wanted in compared if got != wanted]


def show(console: Console, results: Sequence[Result]) -> None:
    table = Table("Scenario", "SIP", "Call record", "Do not call", "Seconds")
    for result in results:
        marks = ["[red]failed[/]" if wrong else "[green]ok[/]" for wrong in (result.sip, result.record, result.dnc)]
        table.add_row(result.case.name, *marks, f"{result.seconds:.1f}")
    console.print(table)
    for result in results:
        for problem in result.problems:
            console.print(f"{result.case.name}: {problem}", style="red", highlight=False, markup=False)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sipp_scenarios.run", description="SIPp calls through the switch")
    parser.add_argument("--running", action="store_true", help="call the running Digitree instead of starting one")
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="keep SIPp's messages and the log there")
    options = parser.parse_args(arguments)
    console = Console()
    try:
        settings = Settings()
        with _directory(options.keep) as directory:
            results = _call_all(settings, options.running, directory, console)
    except (TargetError, SetupError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 2
    show(console, results)
    return 1 if any(result.problems for result in results) else 0


def _call_all(settings: Settings, running: bool, directory: Path, console: Console) -> list[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(SpinnerColumn(), *columns, console=console, transient=True) as progress:
        task = progress.add_task("starting Digitree", total=None)
        with running_target(settings) if running else own_target(find_switch(settings), directory) as target:
            cases = cases_for(has_raw_sockets(), own_agent=target.agent is not None)
            progress.update(task, description="calling", total=len(cases))
            return run_cases(target, cases, directory, lambda _: progress.advance(task))


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="digitree-sipp-") as name:
            yield Path(name)
    else:
        keep.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%dT%H%M%S-"), dir=keep)).absolute()


if __name__ == "__main__":
    sys.exit(main())
