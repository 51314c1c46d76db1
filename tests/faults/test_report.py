"""docs/faults.md, whole or some of its rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.verdict import Row


def test_rows_run_again_keep_their_places_and_new_ones_come_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "REPORT", tmp_path / "faults.md")
    report.write([Row("one"), Row("two", failures=["late"]), Row("three")], live=200)
    before = report.REPORT.read_text().splitlines()
    report.write_again([Row("two"), Row("four")], live=50)
    after = report.REPORT.read_text().splitlines()
    assert after[:-3] == before[:-2]
    assert after[-2] == before[-1]
    assert [line.split("|")[1].strip() for line in after[-4:]] == ["one", "two", "three", "four"]
    for line, word in (before[-2], "**no**"), (after[-3], "yes"), (after[-1], "50 live calls"):
        assert word in line
