"""`python -m tests.mutants [--children N] [--sample F] [NAME ...]`: tries mutants and writes docs/mutants.md.

Without a name those that have no verdict yet, with `survivors` those that lived, else those whose name matches, in an
order by lot, so that what was tried before a stop is a sample of all. `--sample` tries this part of them; those that
have a verdict are not tried again.
"""

from __future__ import annotations

import argparse
import fnmatch
import math
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import mutmut.__main__ as mutmut

from tests.mutants.found import found
from tests.mutants.page import brought_up_to_date, table
from tests.mutants.runner import Runner

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "mutants.md"


def lot(name: str, seed: int) -> float:
    return random.Random(f"{seed} {name}").random()


def drawn(names: Sequence[str], part: float, seed: int) -> list[str]:
    """That part of them by lot."""
    return sorted(names, key=lambda name: lot(name, seed))[: math.ceil(part * len(names))]


def write() -> None:
    """Bring the page up to date, and print its table."""
    mutants = found()
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True)
    PAGE.write_text(brought_up_to_date(PAGE.read_text(), mutants, commit.strip()))
    print("\n".join(table(mutants)))


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants")
    arguments.add_argument("--children", type=int, default=2)
    arguments.add_argument("--sample", type=float)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("names", nargs="*")
    asked = arguments.parse_args()
    names = [each.name for each in found() if each.lives] if asked.names == ["survivors"] else asked.names
    if asked.sample is not None:
        mutants = found()
        tried = {each.name for each in mutants if each.is_tried}
        matching = [each.name for each in mutants if any(fnmatch.fnmatch(each.name, name) for name in names or ["*"])]
        names = [name for name in drawn(matching, asked.sample, asked.seed) if name not in tried]
    mutmut.estimated_worst_case_time = lambda mutant_name: lot(mutant_name, asked.seed)
    mutmut.get_mutant_runner = lambda max_workers=1: Runner(max_workers, names)
    # Pytest must find the copy of the tests that mutmut makes.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    mutmut._run(names, asked.children)
    write()


if __name__ == "__main__":
    main()
