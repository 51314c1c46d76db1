"""What mutmut has found."""

from __future__ import annotations

import json
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from tests.mutants.page import Mutant

MUTANTS = Path(__file__).parent.parent.parent / "mutants"


def found() -> list[Mutant]:
    """Every mutant there is, with its change when it lives."""
    mutants = []
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        file = path.relative_to(MUTANTS).with_suffix("")
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            mutant = Mutant(name, str(file), status_by_exit_code[code])
            mutants.append(mutant._replace(change=_change(mutant)) if mutant.lives else mutant)
    return mutants


def _change(mutant: Mutant) -> tuple[str, str]:
    """The first line that differs, as it was and as it is."""
    diff = get_diff_for_mutant(mutant.name, path=mutant.file).splitlines()[2:]
    before = next((line[1:].strip() for line in diff if line.startswith("-")), "")
    after = next((line[1:].strip() for line in diff if line.startswith("+")), "")
    return before, after
