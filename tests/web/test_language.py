"""The pages in Spanish: chosen on the page and kept, and no text of theirs stays English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.storage.postgres.stores import PostgresStores
from tests.package.translations import stored
from tests.web.conftest import NARROW, Site, fits
from tests.web.sample_data import Sample, fill
from tests.web.screens import paths_of

_SILENT = frozenset({"script", "style", "code", "pre", "kbd", "textarea", "template"})
_READ = ("aria-label", "title", "placeholder", "alt", "data-label", "data-ask")
_VOID = frozenset({"br", "circle", "img", "input", "link", "meta", "option", "path", "rect"})
# Of the sample, not of the pages.
_DATA = frozenset({"Summer break"})
# Two of them in one text: it is English.
_ENGLISH = re.compile(
    r"\b(?:the|of|and|to|is|are|it|its|that|who|whom|with|from|for|not|yet|which|by)\b", re.IGNORECASE
)


class Texts(HTMLParser):
    """What is read of a page: its texts and attributes, but those in English by their `lang` and what is code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        skipped = tag in _SILENT or values.get("lang") == "en" or any(off for _, off in self._inside)
        if not skipped:
            self.found += [" ".join((values[name] or "").split()) for name in _READ if values.get(name)]
        if tag not in _VOID:
            self._inside.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and tag in [name for name, _ in self._inside]:
            if self._inside.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not any(off for _, off in self._inside):
            self.found.append(text)


@pytest.fixture
def sample(site: Site, database: str) -> Iterator[Sample]:
    stores = PostgresStores(database)
    try:
        yield fill(site.http, stores, speaks=False)
    finally:
        stores.close()


@pytest.fixture
def english() -> Callable[[str], bool]:
    """Whether a text is one that the catalogue has in other words."""
    catalogue = [each for each in stored("es", "messages") if each.id and each.string != each.id]
    texts = [each.id if isinstance(each.id, str) else each.id[1] for each in catalogue]
    # A single word may be data: the name of a node or of an agent.
    plain = {text for text in texts if " " in text and "%(" not in text} - _DATA
    parts = (re.split(r"%\(\w+\)s", re.sub("<[^>]+>", "", text)) for text in texts if "%(" in text)
    worded = (part for part in parts if any(" " in each.strip() for each in part))
    filled = [re.compile(".+".join(map(re.escape, part))) for part in worded]
    return lambda text: text in plain or any(each.fullmatch(text) for each in filled)


def test_no_page_in_spanish_has_a_text_of_its_own_in_english(
    site: Site, sample: Sample, english: Callable[[str], bool]
) -> None:
    cookies = {"digitree": site.session(site.key)["value"]}
    asks = {"Accept-Language": "es-US,es;q=0.9,en;q=0.8"}
    left = []
    with httpx.Client(base_url=site.url, cookies=cookies, headers=asks, timeout=60, trust_env=False) as browser:
        for path in ("/ui/account", "/ui/nothing", *paths_of(sample).values()):
            texts = Texts(browser.get(path).text).found
            assert "Cerrar sesión" in texts, path
            left += [(path, text) for text in texts if english(text) or len(_ENGLISH.findall(text)) > 1]
    assert not left


def test_who_chooses_spanish_keeps_it(open_page: Callable[..., Page]) -> None:
    page = open_page(locale="en-US")
    page.goto("/ui/numbers")
    expect(page.locator("html")).to_have_attribute("lang", "en-US")
    page.get_by_label("Language").select_option("es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Números")
    expect(page.locator("html")).to_have_attribute("lang", "es-US")
    assert page.url.endswith("/ui/numbers")
    page.goto("/ui/menus/new")
    expect(page.get_by_role("button", name="Crear menú")).to_be_visible()
    page.get_by_label("Idioma").select_option("en")
    expect(page.get_by_role("button", name="Create menu")).to_be_visible()


def test_the_log_in_page_is_in_the_language_of_the_browser_and_can_be_changed(open_page: Callable[..., Page]) -> None:
    page = open_page(key=None, locale="es-MX")
    page.goto("/ui/login")
    expect(page.get_by_role("heading", name="Con una clave de API")).to_be_visible()
    page.get_by_label("Idioma").select_option("en")
    expect(page.get_by_role("heading", name="With an API key")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="With an API key")).to_be_visible()


def test_pages_in_spanish_fit_a_telephone(
    open_page: Callable[..., Page], sample: Sample, axe: Callable[[Page], None]
) -> None:
    page = open_page(size=NARROW, locale="es-US")
    for path in ("/ui/login", *paths_of(sample).values()):
        page.goto(path)
        assert fits(page), path
    axe(page)
