"""Fails when a call costs more than 10 % more than in the results that were last committed.

What is compared is our CPU per call as a part of stock greenswitch's in the same run, so that a slower machine, or a
busier one, changes nothing.

    python -m benchmarks.guard
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.peers.servers import GREENSWITCH
from benchmarks.product import ROOT
from benchmarks.report import RESULTS

ALLOWED = 1.10


def committed() -> dict[str, Any] | None:
    """The results of the last commit; None if it has none."""
    shown = subprocess.run(
        ["git", "show", f"HEAD:{RESULTS.relative_to(ROOT)}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if shown.returncode:
        return None
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def share(results: dict[str, Any]) -> float:
    """Our CPU per call relative to that of stock greenswitch."""
    return 1 / float(results["cost"]["measured"]["times_cheaper"][GREENSWITCH])


def check(now: dict[str, Any], before: dict[str, Any] | None) -> tuple[bool, str]:
    """(whether it passes, the text to print)."""
    if before is None or "cost" not in before:
        return True, "guard: nothing is committed to compare with"
    new, old = share(now), share(before)
    change = f"{old:.4f} when last committed ({new / old - 1:+.1%})"
    return new <= old * ALLOWED, f"guard: {new:.4f} of stock greenswitch's CPU per call, {change}"


def main() -> int:
    good, said = check(json.loads(RESULTS.read_text()), committed())
    print(said if good else f"{said}: more than {ALLOWED - 1:.0%} dearer")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
