"""Every player of every page plays: bytes arrive, the browser knows how long it is, and it is heard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from ivr.storage.postgres.stores import PostgresStores
from tests.web.conftest import Site, speaking_app
from tests.web.editing import publish
from tests.web.sample_data import Sample, fill
from tests.web.screens import paths_of

ROOT = Path(__file__).parents[2]
# Where players are made. Those of the phone, which are in no document, are heard in test_call.py.
SOURCES = {
    "admin/calls/templates/call_record.html",
    "admin/prompts/templates/prompts.html",
    "admin/sounds/templates/sounds.html",
    "admin/versions/templates/version.html",
    "admin/voices/templates/voices.html",
    "admin/static/call.js",
    "web/editor/src/prompt.tsx",
}
_HEADER_BYTES = 44
_HEARD = """audio => new Promise((resolve, reject) => {
  const say = () => resolve({duration: audio.duration, source: audio.currentSrc});
  audio.addEventListener("playing", say, {once: true});
  audio.addEventListener("error", () => reject(new Error(`${audio.currentSrc}: ${audio.error.message}`)));
  // What plays by itself would not begin again.
  audio.pause();
  if (audio.controls) audio.play().catch(reject);
  else audio.closest("li").querySelector("[data-play]").click();
})"""


@pytest.fixture
def site(site: Site, migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    with speaking_app(site, migrated_postgres_url, redis_url, tmp_path) as speaking:
        yield speaking


@pytest.fixture
def sample(site: Site, database: str) -> Iterator[Sample]:
    with closing(PostgresStores(database)) as stores:
        yield fill(site.http, stores)


class Sounds:
    """What the server sent to a page, by its path."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._brought: dict[str, list[Response]] = {}
        page.on("response", lambda answer: self._brought.setdefault(urlsplit(answer.url).path, []).append(answer))

    def play_all(self, name: str) -> int:
        """How many players the page has, all of which were heard."""
        players = self._page.locator("audio").all()
        for player in players:
            self._play(player, name)
        return len(players)

    def _play(self, player: Locator, name: str) -> None:
        address = player.get_attribute("data-src") or player.get_attribute("src")
        if address is None:  # nothing was spoken here, and its button cannot be pressed
            expect(player.locator("xpath=ancestor::li").get_by_role("button", name="Play")).to_be_disabled()
            return
        if player.get_attribute("data-src") and player.get_attribute("controls") is not None:
            # It loads its sound itself; without one it would not play.
            expect(player).to_have_attribute("src", re.compile("^blob:"))
        heard: dict[str, Any] = player.evaluate(_HEARD)
        assert heard["duration"] > 0.2, (name, heard)
        sounds = self._brought.get(address, [])
        assert sounds, (name, address)
        for each in sounds:
            assert each.status in (200, 206, 304), (name, address, each.status)
        assert any(int(each.headers.get("content-length", 0)) > _HEADER_BYTES for each in sounds), (name, address)


def test_every_player_of_every_page_is_heard(browser_page: Page, sample: Sample) -> None:
    page, sounds = browser_page, Sounds(browser_page)
    players = {}
    for name, address in paths_of(sample).items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, name
        if name == "menu-edit":
            continue
        players[name] = sounds.play_all(name)
    assert {name for name, count in players.items() if count} == {"menu-prompts", "call", "voices"}


def test_the_editor_plays_each_prompt_and_speaks_into_the_draft_and_versions_keep_the_sound_of_then(
    browser_page: Page, sample: Sample, site: Site
) -> None:
    page, menu, sounds = browser_page, sample.menus[0], Sounds(browser_page)
    version = site.http.get(f"/ivr/{menu['id']}").json()["version"]
    page.goto(f"/ui/menus/{menu['id']}/edit")
    spoken = [node for node, each in menu["nodes"].items() if "text" in each]
    lengths = {}
    for node in spoken:
        page.get_by_role("tab", name="Node").click()
        page.locator(f'.react-flow__node[data-id="{node}"]').click()
        expect(page.get_by_label("Name", exact=True)).to_have_value(node)
        assert sounds.play_all(node) == 1
        lengths[node] = page.locator("audio").evaluate("audio => audio.duration")
    assert len(lengths) > 3

    longer = "A much longer text than before, so that everybody hears the difference."
    before = page.locator("audio").get_attribute("src")
    page.get_by_role("textbox", name="Text", exact=True).fill(longer)
    page.get_by_role("button", name="Speak again").click()
    player = page.get_by_label("In the draft; callers do not hear it yet")
    expect(player).to_have_attribute("autoplay", "")
    expect(player).not_to_have_attribute("src", before or "")
    assert sounds.play_all(spoken[-1]) == 1
    assert player.evaluate("audio => audio.duration") != lengths[spoken[-1]]
    assert site.http.get(f"/ivr/{menu['id']}").json()["version"] == version
    publish(page)
    expect(page.get_by_label("What callers hear now")).to_be_visible()
    assert site.http.get(f"/ivr/{menu['id']}").json()["version"] == version + 1

    durations = []
    audio = site.http.get(f"/ivr/{menu['id']}").json()["nodes"][spoken[-1]]["audio"]
    for number in (version, version + 1):
        page.goto(f"/ui/menus/{menu['id']}/versions/{number}")
        assert sounds.play_all("version") > 3
        durations.append(page.get_by_label(f"{audio} as it was").evaluate("audio => audio.duration"))
    assert durations[0] != durations[1]


def test_no_page_has_a_player_that_nobody_tried() -> None:
    found = set()
    for pattern in ("admin/**/*.html", "admin/static/*.js", "web/editor/src/*.tsx"):
        for path in ROOT.glob(pattern):
            if path.name != "editor.js" and re.search(r"<audio|new Audio\(", path.read_text()):
                found.add(str(path.relative_to(ROOT)))
    assert found == SOURCES
