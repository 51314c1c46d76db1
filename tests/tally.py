"""Counts of a run, left as JSON by a plugin of pytest (`-p tests.tally --tally FILE`), added up and told as pytest
tells its own."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

_KINDS = ("failed", "passed", "skipped", "xfailed", "xpassed", "error")


@dataclass
class Tally:
    """`counts` by pytest's words; `skipped` and `failed` are lines for a person."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.counts + other.counts, self.skipped + other.skipped, self.failed + other.failed)

    @classmethod
    def read(cls, path: Path) -> Tally:
        """Raises OSError where the run did not come to its end."""
        found = json.loads(path.read_text())
        return cls(Counter(found["counts"]), found["skipped"], found["failed"])

    def last_line(self, took_s: float) -> str:
        counted = [f"{self.counts[kind]} {_word(kind, self.counts[kind])}" for kind in _KINDS if self.counts[kind]]
        return f"{', '.join(counted) or 'no tests ran'} in {took_s:.2f}s ({timedelta(seconds=round(took_s))})"


def _word(kind: str, number: int) -> str:
    return "errors" if kind == "error" and number > 1 else kind


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tally", type=Path, help="where to leave the counts of this run")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    path: Path | None = config.getoption("--tally")
    if path is None:
        return
    stats = terminalreporter.stats
    tally = {
        "counts": {kind: len(stats[kind]) for kind in _KINDS if stats.get(kind)},
        "skipped": [_why(report, config.rootpath) for report in stats.get("skipped", ())],
        "failed": [report.nodeid for kind in ("failed", "error") for report in stats.get(kind, ())],
    }
    path.write_text(json.dumps(tally))


def _why(report: pytest.TestReport | pytest.CollectReport, root: Path) -> str:
    """Where and why: `tests/sip/conftest.py:41: no FreeSWITCH on this machine`."""
    if not isinstance(report.longrepr, tuple):
        return report.nodeid
    path, line, reason = report.longrepr
    where = Path(path).relative_to(root) if Path(path).is_relative_to(root) else path
    return f"{where}:{line}: {reason.removeprefix('Skipped: ')}"
