"""`make conform`: the same calls on a real FreeSWITCH and on the development switch, over SIP both, compared.

    python -m tests.conform [--kept] [--write docs/conformance.md] [NAME...]

--kept: FreeSWITCH's side from tests/devswitch/measured.json, for a machine without one. Exit code 0: no difference
that is not explained.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from devswitch.sip.process import quieten_libraries
from tests.conform.compare import KNOWN, Row, compare
from tests.conform.over_sip import measure_over_sip
from tests.devswitch.measure import MEASURED, find_freeswitch, measure
from tests.devswitch.scenarios import SCENARIOS, Scenario

_TRIES = 3


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tests.conform", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--write", type=Path)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args(arguments)
    logging.basicConfig(level="ERROR")
    quieten_libraries()
    scenarios = [scenario for scenario in SCENARIOS if not options.names or scenario.name in options.names]
    source, rows = conform(scenarios, None if options.kept else find_freeswitch())
    text = table(rows, source)
    print(text)
    if options.write:
        options.write.write_text(text)
    return 0 if all(row.is_explained for row in rows) else 1


def conform(scenarios: list[Scenario], binary: str | None) -> tuple[str, list[Row]]:
    """What was compared with, and a row a scenario. `binary` None: with what is kept of a FreeSWITCH."""
    rows: dict[str, Row] = {}
    version = ""
    for _ in range(_TRIES):
        # A busy machine delays either side: what differs is made again.
        left = [scenario for scenario in scenarios if scenario.name not in rows or not rows[scenario.name].is_same]
        if not left:
            break
        there: Any = json.loads(MEASURED.read_text()) if binary is None else measure(binary, left)
        here = measure_over_sip(left)
        rows |= {each.name: compare(each, there["scenarios"][each.name], here[each.name]) for each in left}
        version = there["freeswitch"]
    source = f"FreeSWITCH {version}" + (" (as kept in measured.json)" if binary is None else "")
    return source, [rows[scenario.name] for scenario in scenarios]


def table(rows: list[Row], source: str) -> str:
    """Markdown."""
    same = sum(row.is_same for row in rows)
    explained = [row for row in rows if not row.is_same and row.known]
    lines = [
        "# Conformance of the development switch",
        "",
        f"{len(rows)} calls, each made on {source} and on the development switch, over SIP and RTP on both: {same}"
        f" the same, {len(explained)} different for a known reason, {len(rows) - same - len(explained)} different.",
        "Compared are every reply, variable, notice and the end of the socket, in order, and how long each took.",
        "`make conform` makes this table.",
        "",
        "| call | replies | largest difference in time, ms | allowed | |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        replies = row.differs.replace("|", "\\|") or "the same"
        worst = "" if row.worst_ms is None else f"{row.worst_ms:.0f}"
        lines.append(f"| {row.name} | {replies} | {worst} | {row.within_ms} | {row.known} |")
    stale = [row.name for row in rows if row.is_same and row.name in KNOWN]
    if stale:
        lines += ["", f"Explained, but the same this time: {', '.join(stale)}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
