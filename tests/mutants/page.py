"""docs/mutants.md: between the two marks of that page stand the table and the survivors, a row for each line of code.

Why a survivor may live is written there by hand, in the last column, and stays while the line stays as it is. What
holds for many is said once (GROUPS).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

BEGIN, END = "<!-- measured -->", "<!-- end -->"
# Suspicious: the process of the tests ended otherwise than tests do.
_DEAD = ("killed", "timeout", "suspicious", "caught by type check", "segfault")
_CELLS = re.compile(r"(?<!\\)\|")
_HEAD = ("| file | function | code | lives as | why |", "|---|---|---|---|---|")
# Of survivors alike: how the line and its changed words look, and why they may live.
GROUPS = {
    r".* ## ((?:ascii|utf|cp)[\w-]*) → (?i:\1)$": "the name of an encoding may be written in capitals",
    r".*(spoken|nodes)\.get\(.* or \"\"\).* ## XXXX$": "no prompt and no node has either name",
    r".* ## False → None$": "None counts as False there",
    r".*(prompts|agents)\.get\(.*\) if .* ## .* → \(.*\) or True$": "no prompt and no agent has no name",
    r".*zip\(.*strict=True.* ## (True → (None|False)|without strict=True)$": "both have one length",
    r".*request\.headers\.get\(.* ## ([\w-]+) → (?i:\1)$": "the name of a header may be written in any case",
}


class Mutant(NamedTuple):
    """`name` as mutmut has it, `file` in the tree, `status` in mutmut's words; `change`: the line that differs, as it
    was and as it is."""

    name: str
    file: str
    status: str
    change: tuple[str, str] = ("", "")

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

    @property
    def difference(self) -> str:
        """What is written in place of what, without the words that stay."""
        before, after = self.change
        if not after:
            return "(left out)"
        old, new = re.findall(r"\w+|\s+|.", before), re.findall(r"\w+|\s+|.", after)
        head = _alike(old, new)
        tail = _alike(old[head:][::-1], new[head:][::-1])
        left = "".join(old[head : len(old) - tail]).strip()
        written = "".join(new[head : len(new) - tail]).strip()
        return f"{left} → {written}" if left and written else written or f"without {left}"

    @property
    def group(self) -> str | None:
        """Why it may live, when that is said for many at once."""
        looks = f"{self.change[0]} ## {self.difference}"
        return next((why for pattern, why in GROUPS.items() if re.match(pattern, looks)), None)


def table(mutants: Sequence[Mutant]) -> list[str]:
    """A line for each folder, and one for all; of a folder from which a sample was tried, the range in which the
    share of all its mutants lies with 95 % confidence (Wilson)."""
    folders: dict[str, list[Mutant]] = defaultdict(list)
    for each in mutants:
        folders[f"`{PurePath(each.file).parent}`"].append(each)
    lines = ["| folder | mutants | tried | dead | | of all, at 95 % |", "|---|---:|---:|---:|---:|---|"]
    for name, those in [*folders.items(), ("all", list(mutants))]:
        tried, dead = sum(each.is_tried for each in those), sum(each.is_dead for each in those)
        share = f"{dead / tried:.1%}" if tried else ""
        of_all = "{:.1%} to {:.1%}".format(*_wilson(dead, tried)) if 0 < tried < len(those) else ""
        lines.append(f"| {name} | {len(those)} | {tried} | {dead} | {share} | {of_all} |")
    return lines


def survivors(mutants: Sequence[Mutant], reasons: Mapping[str, str]) -> list[str]:
    """A row for each line of code of which a mutant lives; above them the groups."""
    alive = [each for each in mutants if each.lives]
    groups = Counter(each.group for each in alive if each.group)
    lives_as: dict[str, list[str]] = defaultdict(list)
    for each in alive:
        if not each.group:
            row = f"| `{each.file}` | `{each.function}` | {_code(each.change[0])} |"
            lives_as[row].append(_code(each.difference))
    return [
        *(f"- {count} live because {why}." for why, count in groups.items()),
        "",
        *_HEAD,
        *(f"{row} {', '.join(changes)} | {reasons.get(row, '')} |" for row, changes in lives_as.items()),
    ]


def read_reasons(page: str) -> dict[str, str]:
    """The last column of each row, by the first three."""
    reasons = {}
    for line in page.splitlines():
        cells = _CELLS.split(line)
        if len(cells) == 7 and cells[1].strip().startswith("`"):
            reasons["|".join(cells[:4]) + "|"] = cells[5].strip()
    return reasons


def brought_up_to_date(page: str, mutants: Sequence[Mutant], commit: str) -> str:
    """The page with what is found now, and the reasons that it had."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    endless = sum(each.status == "timeout" for each in mutants)
    measured = [
        f"Taken at commit {commit}. {endless} of the dead did not come to an end.",
        "",
        *table(mutants),
        "",
        *survivors(mutants, read_reasons(page)),
    ]
    return head + "\n".join([BEGIN, "", *measured, "", END]) + tail


def _wilson(successes: int, tries: int) -> tuple[float, float]:
    z = 1.96
    share, least = successes / tries, 1 + z * z / tries
    centre = (share + z * z / (2 * tries)) / least
    off = z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries)) / least
    return centre - off, centre + off


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """How many words they begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")
