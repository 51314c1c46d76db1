"""The pages for people, held against the tree and against what the product really has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import admin.http.crowd
import admin.prompts.metered_speaker  # noqa: F401 - declares metrics
import esl_server.records.metrics  # noqa: F401 - declares metrics
from admin.http.metrics import Metrics
from ivr.domain.webhooks import EVENTS
from ivr.settings import Settings, describe_settings
from ivr.storage.disk.keeper_status import KeeperStatus, StatusFile
from ivr.storage.disk.switch_certificate import certificate_path
from tests.certificates import Authority

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "dialplan/*.md", "web/editor/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
OPERATIONS = (ROOT / "docs/operations.md").read_text()
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")


def named_paths(page: Path) -> set[str]:
    """What a page puts into backticks and means as a path: it begins with something at the top of the tree. Of
    `tests/x.py::test_y` the file counts; a pattern such as `admin/<resource>/api.py` is none."""
    top = {each.name for each in ROOT.iterdir()}
    texts = (text.split("::")[0].split()[0] for text in CODE.findall((ROOT / page).read_text()) if text.strip())
    return {text for text in texts if "/" in text and PATH.fullmatch(text) and text.split("/")[0] in top}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    missing = {path for path in named_paths(page) if not (ROOT / path).exists()}
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    folder = (ROOT / page).parent
    missing = {link for link in LINK.findall((ROOT / page).read_text()) if not (folder / link).exists()}
    assert not missing


def test_architecture_names_paths_at_all() -> None:
    assert len(named_paths(Path("ARCHITECTURE.md"))) > 40


def test_the_settings_are_listed_as_they_are() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \| (.*) \| (.*) \|$", OPERATIONS, re.MULTILINE)
    there = [
        (name, default.replace("|", "\\|"), meaning.replace("|", "\\|"))
        for name, _, default, meaning in describe_settings(Settings())
    ]
    assert listed == there


def test_the_metrics_are_listed_and_no_others(tmp_path: Path) -> None:
    status = tmp_path / "keeper.json"
    StatusFile(status).write(KeeperStatus(), at_once=True)
    path = certificate_path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(Authority("root").write(tmp_path, "ivr.example").certificate.read_bytes())
    exposed = Metrics(status, lambda: 0, tmp_path).render().decode()
    there = {name for name in re.findall(r"^# HELP (digitree_\w+) ", exposed, re.MULTILINE) if "_created" not in name}
    assert set(re.findall(r"^\| `(digitree_\w+)` \|", OPERATIONS, re.MULTILINE)) == there


def test_the_webhook_events_are_listed_and_no_others() -> None:
    assert tuple(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", OPERATIONS, re.MULTILINE)) == EVENTS


def test_every_target_of_make_is_explained() -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text()
    assert targets
    assert [target for target in targets if not re.search(rf"\bmake {target}\b(?!-)", contributing)] == []


def test_every_command_of_digitree_is_named() -> None:
    from launcher.cli import app

    names = [each.name or str(each.callback.__name__) for each in app.registered_commands if each.callback]
    names += [str(each.name) for each in app.registered_groups]
    commands = OPERATIONS.partition("## Commands")[2]
    assert [name for name in names if not re.search(rf"`(digitree )?{name}`", commands)] == []


def test_every_page_of_docs_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / link).resolve() for link in LINK.findall(page.read_text())]
    assert set((ROOT / "docs").glob("*.md")) <= seen
