"""Owners see their own words: no id, JSON, pointer, request, cause or process name stands on a page of theirs until
they ask for technical names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.ports.keys import SCOPES
from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site
from tests.web.sample_data import Sample, fill
from tests.web.screens import paths_of

PASSWORD = "a long password"
# The name of a button of another system.
_OF_OTHERS = "Show flow JSON"
_TECHNICAL = re.compile(
    r"\bivr_[a-z0-9]{6,}"
    r"|\b(?:call|cbk|key|user|session|hook|msg|optout|release|check|ring|tel|tone|lst|aring|order)"
    r"_(?=[a-z]*[0-9])[a-z0-9]{8,}\b"
    r"|\bcurl\b|/nodes/|\bJSON\b|\bESL\b|\besl_server\b"
    r"|\b[A-Z]{3,}(?:_[A-Z]+)+\b"  # NORMAL_CLEARING
    r"|\((?:SIP )?[4-6]\d\d(?:\)(?! \d)| )"
)
_READ = ("aria-label", "title", "placeholder", "alt", "data-label", "data-ask")


class Seen(HTMLParser):
    """All that is read of a page, code and fields included."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.found += [value for name, value in attrs if value and name in _READ]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


@pytest.fixture
def sample(site: Site, database: str) -> Iterator[Sample]:
    stores = PostgresStores(database)
    try:
        yield fill(site.http, stores, speaks=False)
    finally:
        stores.close()


@pytest.fixture
def owner(site: Site) -> dict[str, str]:
    """The cookie of an owner: a user with every scope."""
    body = {"name": "owner", "password": PASSWORD, "scopes": list(SCOPES)}
    site.http.post("/users", json=body).raise_for_status()
    answer = httpx.post(
        f"{site.url}/ui/login",
        data={"name": "owner", "password": PASSWORD},
        headers={"Origin": site.url},
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 303
    return {"digitree": answer.cookies["digitree"]}


def test_no_page_of_an_owner_has_a_technical_name(site: Site, sample: Sample, owner: dict[str, str]) -> None:
    paths = ("/ui/account", "/ui/preferences", "/ui/glossary", "/ui/nothing", *paths_of(sample).values())
    left = []
    with httpx.Client(base_url=site.url, cookies=owner, timeout=60, trust_env=False) as browser:
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == (404 if path == "/ui/nothing" else 200), path
            found = (text for text in Seen(answer.text).found if _TECHNICAL.search(text.replace(_OF_OTHERS, "")))
            left += [(path, " ".join(text.split())[:150]) for text in found]
    assert not left, "\n".join(f"{path}: {text}" for path, text in left)


def test_whoever_asks_for_technical_names_gets_them_and_their_own_zone(
    site: Site, sample: Sample, owner: dict[str, str], open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = open_page(key=None, timezone_id="Asia/Tokyo")
    page.context.add_cookies([{"name": "digitree", "value": owner["digitree"], "url": site.url}])
    page.goto(f"/ui/menus/{sample.menus[0]['id']}/edit")
    expect(page.get_by_role("tab", name="Warnings")).to_be_visible()
    expect(page.get_by_role("tab", name="JSON")).to_be_hidden()
    page.goto("/ui/preferences")
    axe(page)
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("Show technical names").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_have_text("Your choices are kept.")
    page.goto(f"/ui/menus/{sample.menus[0]['id']}/edit")
    expect(page.get_by_role("tab", name="JSON")).to_be_visible()
    page.goto(f"/ui/calls/{sample.call_id}")
    expect(page.get_by_text(sample.call_id).first).to_be_visible()
    began = page.locator("time").first
    assert "America/New_York (UTC−" in (began.get_attribute("title") or "")
    # A script writes the same moment in the same words.
    iso = began.get_attribute("datetime")
    assert page.evaluate("iso => digitree.moment(iso)", iso) == began.inner_text()
    for path in ("/ui/glossary", "/ui/time-zone"):
        page.goto(path)
        axe(page)
