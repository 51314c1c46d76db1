"""`digitree report`: one file with the figures of the API, that loads nothing from anywhere."""

from __future__ import annotations

import random
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ivr.storage.postgres.call_writes import write_calls
from ivr.storage.postgres.stores import PostgresStores
from launcher.cli import app
from tests.domain.call_stories import story


@pytest.fixture
def told(database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> PostgresStores:
    stores = PostgresStores(database)
    chance = random.Random(9)
    with stores.database.transaction(budget_s=30) as connection:
        write_calls(connection, [(story(number, chance), "w") for number in range(200)])
    stores.close()
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    return stores


@pytest.mark.usefixtures("told")
def test_the_report_is_one_page_with_plots_and_the_funnel_of_each_menu(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["report", "--from", "2026-03-09", "--to", "2026-03-13", "--out", str(out)])
    assert done.exit_code == 0, done.output
    page = out.read_text()
    assert not re.search(r"""(src|href)=|url\(|@import|<script|http""", page), "it needs nothing else"
    drawn = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(drawn) == 2 + 3
    for each in drawn:
        ET.fromstring(each)  # noqa: S314
    assert "ivr_story1" in page


@pytest.mark.usefixtures("told")
def test_a_time_without_calls_makes_a_report_that_says_so(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    done = CliRunner().invoke(app, ["report", "--from", "2001-01-01", "--to", "2001-01-02", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Nothing in this period." in out.read_text()


@pytest.mark.parametrize("days", [("--from", "soon"), ("--from", "2026-03-02", "--to", "2026-03-01")])
def test_days_that_are_none_are_said(days: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    done = CliRunner().invoke(app, ["report", *days])
    assert done.exit_code == 1
