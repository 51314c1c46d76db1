"""`python -m tests.mutants [--children N] [NAME ...]`: tries mutants and writes docs/mutants.md.

Without a name those that have no verdict yet, with `survivors` those that lived, else those whose name matches.
"""

from __future__ import annotations

import argparse
import sys

import mutmut.__main__ as mutmut

from tests.mutants import page
from tests.mutants.runner import Runner


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants")
    arguments.add_argument("--children", type=int, default=2)
    arguments.add_argument("names", nargs="*")
    asked = arguments.parse_args()
    names = page.survivors(page.found()) if asked.names == ["survivors"] else asked.names
    mutmut.get_mutant_runner = lambda max_workers=1: Runner(max_workers, names)
    # Pytest must find the copy of the tests that mutmut makes.
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]
    mutmut._run(names, asked.children)
    page.write()


if __name__ == "__main__":
    main()
