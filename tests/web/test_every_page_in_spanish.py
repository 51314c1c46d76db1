"""Every page in Spanish, with sample data: no text of its own is in English, and it fits a telephone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Page

from ivr.storage.postgres.stores import PostgresStores
from tests.package.page_texts import Texts
from tests.package.translations import stored
from tests.web.conftest import NARROW, Site, fits
from tests.web.sample_data import Sample, fill
from tests.web.screens import paths_of

# Of the sample, not of the pages.
_DATA = frozenset({"Summer break"})
# Two of them in one text: it is English.
_WORDS = (
    *("the", "of", "and", "to", "is", "are", "it", "its", "that", "who"),
    *("whom", "with", "from", "for", "not", "yet", "which", "by"),
)
_ENGLISH = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


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
    written = json.dumps(sample.menus, ensure_ascii=False)
    left = []
    with httpx.Client(base_url=site.url, cookies=cookies, headers=asks, timeout=60, trust_env=False) as browser:
        for path in ("/ui/account", "/ui/nothing", *paths_of(sample).values()):
            texts = Texts(browser.get(path).text).found
            assert "Cerrar sesión" in texts, path
            own = [text for text in texts if text not in written]
            left += [(path, text) for text in own if english(text) or len(_ENGLISH.findall(text)) > 1]
    assert not left


def test_pages_in_spanish_fit_a_telephone(
    open_page: Callable[..., Page], sample: Sample, axe: Callable[[Page], None]
) -> None:
    page = open_page(size=NARROW, locale="es-US")
    for path in ("/ui/login", "/ui/forgot", "/ui/new-password", "/ui/mail-address", *paths_of(sample).values()):
        page.goto(path)
        assert fits(page), path
    axe(page)
