"""Whatever leads from the product into the site at /help has its page and its anchor there."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from admin.help.site import ARCHIVE
from admin.http.causes import CAUSES, SENTENCES, SIP
from admin.http.help_links import (
    FIELD_LINKS,
    PAGE_HELP,
    TAB_HELP,
    help_of_cause,
    help_of_page,
    help_of_warning,
    help_url,
)
from admin.http.navigation import NAV, TABS
from admin.http.problems import type_of
from tests.docs.error_codes import codes
from tests.docs.test_menu_warnings import ROW
from web.help.causes import ADVICE, table

ROOT = Path(__file__).parents[2]
ERRORS = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ERROR_ROW = re.compile(r"^\| `([a-z_]+)` \| ([0-9, ]+) \| .+ \| .+ \|$", re.MULTILINE)
WARNING_CODES = [code for code, *_ in ROW.findall((ROOT / "docs" / "menu-warnings.md").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def anchors() -> dict[str, set[str]]:
    """Address of a page -> the ids in it."""
    found = {}
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in archive.namelist():
            if name.endswith("index.html"):
                ids = re.findall(r'\bid="([^"]+)"', archive.read(name).decode())
                found[f"/help/{name.removesuffix('index.html')}"] = set(ids)
    return found


def missing(anchors: dict[str, set[str]], addresses: list[str]) -> list[str]:
    assert addresses
    parts = ((each, *each.partition("#")[::2]) for each in addresses)
    return [each for each, page, anchor in parts if page not in anchors or (anchor and anchor not in anchors[page])]


def test_pages_tabs_and_fields_lead_to_sections_that_are_there(anchors: dict[str, set[str]]) -> None:
    fields = [section for of_page in FIELD_LINKS.values() for section in of_page.values()]
    sections = [*PAGE_HELP.values(), *TAB_HELP.values(), *fields]
    assert missing(anchors, [help_url(section) for section in sections]) == []


def test_every_page_of_the_navigation_and_every_tab_of_a_menu_has_its_section() -> None:
    paths = [f"/ui{entry.path}" for entry in NAV]
    paths += [f"/ui/menus/ivr_2f8a1c{tail}" for _, _, tail, _ in TABS]
    assert [path for path in paths if help_of_page(path) == "/help/"] == []
    assert help_of_page("/ui/agents/sales") == "/help/agents/"


def test_every_warning_of_a_menu_leads_to_its_row(anchors: dict[str, set[str]]) -> None:
    assert missing(anchors, [help_of_warning(code) for code in WARNING_CODES]) == []


def test_every_error_has_its_row_with_its_status_and_no_other_has() -> None:
    listed = {code: {int(each) for each in statuses.split(", ")} for code, statuses in ERROR_ROW.findall(ERRORS)}
    there = codes()
    assert {code: there.get(code) for code in {*listed, *there} if listed.get(code) != there.get(code)} == {}


def test_the_type_of_a_problem_leads_to_its_row(anchors: dict[str, set[str]]) -> None:
    types = [type_of(code).replace("/help/errors#", "/help/errors/#") for code in codes()]
    assert missing(anchors, types) == []


def test_every_refusal_of_the_telephone_network_is_explained(anchors: dict[str, set[str]]) -> None:
    assert set(ADVICE) == set(SENTENCES) - {"over"}
    assert table() in (ROOT / "docs" / "causes.md").read_text(encoding="utf-8"), "make docs"
    reported = [code for by_code in (SIP, CAUSES) for code, why in by_code.items() if why != "over"]
    assert "" not in (links := [help_of_cause(code) for code in reported])
    assert missing(anchors, links) == []
    assert (help_of_cause("NORMAL_CLEARING"), help_of_cause(200), help_of_cause(None)) == ("", "", "")
