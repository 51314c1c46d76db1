"""docs/mutants.md: between the two marks of that page stand the table and the survivors, a row for each line of code.

Why a survivor may live is written there by hand, in the last column, and stays while the line stays as it is.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parent.parent.parent
MUTANTS = ROOT / "mutants"
PAGE = ROOT / "docs" / "mutants.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
_DEAD = ("killed", "timeout", "caught by type check", "segfault")
_CELLS = re.compile(r"(?<!\\)\|")
_HEAD = "| file | function | code | survives as | why |"


@dataclass(frozen=True)
class Mutant:
    """`name` as mutmut has it, `file` in the tree, `status` in mutmut's words."""

    name: str
    file: Path
    status: str

    @property
    def is_tried(self) -> bool:
        return self.status not in ("not checked", "skipped")

    @property
    def is_dead(self) -> bool:
        return self.status in _DEAD

    @property
    def lives(self) -> bool:
        return self.is_tried and not self.is_dead

    @property
    def function(self) -> str:
        """`Limiter.count` of `admin.http.limits.xǁLimiterǁcount__mutmut_3`."""
        mangled = self.name.rpartition(".")[2].rpartition("__mutmut_")[0]
        return mangled.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")

    def change(self) -> tuple[str, str]:
        """The first line that differs, as it was and as it is."""
        diff = get_diff_for_mutant(self.name, path=self.file).splitlines()[2:]
        before = next((line[1:].strip() for line in diff if line.startswith("-")), "")
        after = next((line[1:].strip() for line in diff if line.startswith("+")), "")
        return before, after


def found() -> list[Mutant]:
    """Every mutant there is."""
    mutants = []
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        file = path.relative_to(MUTANTS).with_suffix("")
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            mutants.append(Mutant(name, file, status_by_exit_code[code]))
    return mutants


def survivors(mutants: Sequence[Mutant]) -> list[str]:
    """Their names."""
    return [each.name for each in mutants if each.lives]


def table(mutants: Sequence[Mutant]) -> list[str]:
    """A line for each folder, and one for all."""
    folders: dict[str, list[Mutant]] = defaultdict(list)
    for each in mutants:
        folders[f"`{each.file.parent}`"].append(each)
    lines = ["| folder | mutants | tried | dead | |", "|---|---:|---:|---:|---:|"]
    for name, those in [*folders.items(), ("all", list(mutants))]:
        tried, dead = (sum(map(test, those)) for test in (lambda each: each.is_tried, lambda each: each.is_dead))
        lines.append(f"| {name} | {len(those)} | {tried} | {dead} | {dead / max(1, tried):.1%} |")
    return lines


def rows(mutants: Sequence[Mutant], reasons: dict[str, str]) -> list[str]:
    """A row for each line of code of which a mutant lives."""
    lives_as: dict[str, list[str]] = defaultdict(list)
    for each in mutants:
        if each.lives:
            before, after = each.change()
            lives_as[f"| `{each.file}` | `{each.function}` | {_code(before)} |"].append(_difference(before, after))
    return [f"{row} {', '.join(changes)} | {reasons.get(row, '')} |" for row, changes in lives_as.items()]


def read_reasons(page: str) -> dict[str, str]:
    """The last column of each row, by the first three."""
    reasons = {}
    for line in page.splitlines():
        cells = _CELLS.split(line)
        if len(cells) == 7 and cells[1].strip().startswith("`"):
            reasons["|".join(cells[:4]) + "|"] = cells[5].strip()
    return reasons


def _difference(before: str, after: str) -> str:
    """What is written in place of what, without the words that stay."""
    if not after:
        return "(left out)"
    old, new = re.findall(r"\w+|\s+|.", before), re.findall(r"\w+|\s+|.", after)
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    written = "".join(new[head : len(new) - tail]).strip()
    left = "".join(old[head : len(old) - tail]).strip()
    return _code(f"{left} → {written}") if left and written else _code(written or f"without {left}")


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words they begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def write() -> None:
    """Bring the page up to date, and print its table."""
    mutants = found()
    page = PAGE.read_text()
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    statuses = Counter(each.status for each in mutants if each.is_dead)
    at = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    measured = [
        BEGIN,
        "",
        f"Taken at commit {at.stdout.strip()}. {statuses['timeout']} of the dead did not come to an end.",
        "",
        *table(mutants),
        "",
        _HEAD,
        "|---|---|---|---|---|",
        *rows(mutants, read_reasons(page)),
        "",
        END,
    ]
    PAGE.write_text(head + "\n".join(measured) + tail)
    print("\n".join(table(mutants)))
