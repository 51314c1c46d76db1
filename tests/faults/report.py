"""The table: on the terminal, and as docs/faults.md."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from tests.faults.verdict import Row

REPORT = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD = (
    "fault", "calls", "dropped", "keys lost", "opt-outs expected", "found", "twice", "worst key to prompt, ms",
    "holds",
)  # fmt: skip


def table(rows: Sequence[Row]) -> Table:
    made = Table(*_HEAD, title="faults", show_lines=False)
    made.columns[0].min_width = 40
    for row in rows:
        made.add_row(*_cells(row), style=None if row.holds else "yellow" if row.skipped else "red")
    return made


def _cells(row: Row) -> tuple[str, ...]:
    verdict = "yes" if row.holds else f"skipped: {row.skipped}" if row.skipped else "**no**"
    numbers = (row.calls, row.dropped, row.keys_lost, row.opt_outs_expected, row.opt_outs_found, row.opt_outs_twice)
    worst = f"{row.worst_ms:.0f}" if row.worst_ms else ""
    return (row.fault, *(str(number) if row.calls else "" for number in numbers), worst, verdict)


def write(rows: Sequence[Row], *, live: int) -> None:
    """docs/faults.md, whatever came out."""
    lines = [
        "# What was broken under live calls, and what came of it",
        "",
        f"`make faults` of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {live} live calls at a time.  ",
        f"Machine: {_machine()}.  ",
        f"Python {platform.python_version()}; {_freeswitch()}.",
        "",
        "A call is *dropped* when it is not answered, or ends otherwise than its script says. A key is *lost* when",
        "no question took it. Paths, outcomes, records and do-not-call entries are compared exactly with what the",
        "script must lead to; *holds* means that all of them are right and that the row's own condition holds.",
        "",
        "| " + " | ".join(_HEAD) + " | figures |",
        "|---" * (len(_HEAD) + 1) + "|",
    ]
    lines += [_line(row) for row in rows]
    lines.append("")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines))


def write_again(rows: Sequence[Row], *, live: int) -> None:
    """Only these rows of docs/faults.md, each with when it was run; new ones come last."""
    lines = REPORT.read_text().splitlines()
    for row in rows:
        row.figures.append(f"run alone on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {live} live calls at a time")
        places = [at for at, line in enumerate(lines) if line.startswith(f"| {row.fault} |")]
        lines[slice(places[0], places[0] + 1) if places else slice(len(lines), None)] = [_line(row)]
    REPORT.write_text("\n".join([*lines, ""]))


def _line(row: Row) -> str:
    return "| " + " | ".join((*_cells(row), "; ".join(row.figures))) + " |"


def _machine() -> str:
    cpu = "unknown CPU"
    info = Path("/proc/cpuinfo")
    if info.exists() and (match := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = match[1]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{os.cpu_count()} cores ({cpu}), {pages / 2**30:.0f} GB, {platform.system()} {platform.release()}"


def _freeswitch() -> str:
    from ivr.settings import Settings
    from launcher.freeswitch import find_freeswitch

    program = find_freeswitch(Settings())
    if program is None:
        return "no FreeSWITCH on this machine"
    done = subprocess.run([str(program), "-version"], capture_output=True, text=True, timeout=20, check=False)
    match = re.search(r"FreeSWITCH version: (\S+)", done.stdout)
    return f"FreeSWITCH {match[1] if match else 'of unknown version'}"
