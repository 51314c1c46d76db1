"""`python -m tests.mutants [--children N] [--sample F] [NAME ...]`: tries mutants and writes docs/mutants.md.

Without a name those that have no verdict yet, with `survivors` those that lived, else those whose name matches. Of a
sample, which is this part of each file's mutants, those without a verdict are tried.
"""

from __future__ import annotations

import argparse
import fnmatch
import math
import random
import sys
from collections import defaultdict
from collections.abc import Sequence

import mutmut.__main__ as mutmut

from tests.mutants import page
from tests.mutants.runner import Runner


def drawn(names: Sequence[str], part: float, seed: int) -> list[str]:
    """That part of each module's mutants, at least one."""
    modules: dict[str, list[str]] = defaultdict(list)
    for name in names:
        modules[name.rpartition(".")[0]].append(name)
    chance = random.Random(seed)
    return [
        name for _, those in sorted(modules.items()) for name in chance.sample(those, math.ceil(part * len(those)))
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants")
    arguments.add_argument("--children", type=int, default=2)
    arguments.add_argument("--sample", type=float)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("names", nargs="*")
    asked = arguments.parse_args()
    names = page.survivors(page.found()) if asked.names == ["survivors"] else asked.names
    if asked.sample is not None:
        mutants = page.found()
        tried = {each.name for each in mutants if each.is_tried}
        matching = [each.name for each in mutants if any(fnmatch.fnmatch(each.name, name) for name in names or ["*"])]
        names = [name for name in drawn(matching, asked.sample, asked.seed) if name not in tried]
    mutmut.get_mutant_runner = lambda max_workers=1: Runner(max_workers, names)
    # Pytest must find the copy of the tests that mutmut makes.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    mutmut._run(names, asked.children)
    page.write()


if __name__ == "__main__":
    main()
