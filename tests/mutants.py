"""`python -m tests.mutants`: what `mutmut run` has found, written into docs/mutants.md.

Between the two marks of that page stand the table and the survivors. Why a survivor lives is written there by hand.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent
MUTANTS = ROOT / "mutants"
PAGE = ROOT / "docs" / "mutants.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
_DEAD = ("killed", "timeout", "caught by type check", "segfault")


@dataclass(frozen=True)
class Mutant:
    """`name` as mutmut has it, `file` in the tree, `status` in mutmut's words."""

    name: str
    file: Path
    status: str

    @property
    def is_dead(self) -> bool:
        return self.status in _DEAD

    @property
    def function(self) -> str:
        """`Limiter.count` of `admin.http.limits.xǁLimiterǁcount__mutmut_3`."""
        mangled = self.name.rpartition(".")[2].rpartition("__mutmut_")[0]
        return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")


def found() -> list[Mutant]:
    """Every mutant that was tried."""
    mutants = []
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        file = path.relative_to(MUTANTS).with_suffix("")
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            status = status_by_exit_code[code]
            if status not in ("not checked", "skipped"):
                mutants.append(Mutant(name, file, status))
    return mutants


def table(mutants: list[Mutant]) -> list[str]:
    """A line for each folder, and one for all."""
    tried = Counter(str(each.file.parent) for each in mutants)
    dead = Counter(str(each.file.parent) for each in mutants if each.is_dead)
    rows = [(f"`{folder}`", count, dead[folder]) for folder, count in tried.items()]
    rows.append(("all", len(mutants), dead.total()))
    lines = [f"| {name} | {count} | {died} | {died / max(1, count):.1%} |" for name, count, died in rows]
    return ["| folder | mutants | dead | |", "|---|---|---|---|", *lines]


def survivors(mutants: list[Mutant]) -> list[str]:
    """A line for each mutant that lives: where, and what it changes."""
    lines = ["| file | function | survivor |", "|---|---|---|"]
    for each in mutants:
        if not each.is_dead:
            before, after = _change(each)
            lines.append(f"| `{each.file}` | `{each.function}` | `{before}` → `{after}` |")
    return lines


def _change(mutant: Mutant) -> tuple[str, str]:
    """The first line that differs, as it was and as it is."""
    diff = get_diff_for_mutant(mutant.name, path=mutant.file).splitlines()[2:]
    before = next((line[1:].strip() for line in diff if line.startswith("-")), "")
    after = next((line[1:].strip() for line in diff if line.startswith("+")), "")
    return before.replace("|", "\\|"), after.replace("|", "\\|")


def main() -> None:
    mutants = found()
    head, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    measured = "\n".join([BEGIN, "", *table(mutants), "", *survivors(mutants), "", END])
    PAGE.write_text(head + measured + tail)
    print("\n".join(table(mutants)))


if __name__ == "__main__":
    main()
