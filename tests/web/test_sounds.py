"""Sounds on the page: heard with their drawing, marked as heard, counted by mailbox, deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from ivr.domain.sounds import name_sound
from ivr.ports.sounds import NewSound
from ivr.secrets import SoundSealer
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.sound_codec import to_flac
from keeper.sounds import waveform
from tests.helpers import SECRET
from tests.storage.test_sounds import TONE
from tests.web.conftest import Site, fits, narrow

BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def sounds(site: Site, database: str) -> list[str]:
    """Three: two in the mailbox sales, of which one is new, and a whole call."""
    stores = PostgresStores(database)
    kept = KeptSounds(site.home / "sounds", SoundSealer(lambda: SECRET.encode()))
    names = []
    for number, (kind, mailbox) in enumerate((("call", None), ("message", "sales"), ("message", "sales")), 1):
        call_id = f"call_{number:032x}"
        sound, flac = name_sound(call_id, 1), to_flac(TONE)
        digest = kept.keep(sound, flac)
        stores.sounds.write(
            NewSound(
                *(sound, kind, digest, call_id, "say", None, "+14805550143", mailbox, 2000, len(flac)),  # type: ignore[arg-type]
                waveform(TONE),
                BEGAN + timedelta(minutes=number),
            )
        )
        names.append(sound)
    stores.sounds.note_heard(names[1], heard=True, actor="tests")
    stores.close()
    return names


def test_a_sound_is_heard_marked_and_counted(browser_page: Page, api: httpx.Client, sounds: list[str]) -> None:
    page = browser_page
    page.goto("/ui/sounds")
    expect(page.locator(".sound")).to_have_count(3)
    page.get_by_role("link", name="sales").click()
    rows = page.locator(".sound")
    expect(rows).to_have_count(2)
    newest = rows.first
    expect(newest.get_by_text("new", exact=True)).to_be_visible()
    page.get_by_label("Speed").select_option("2")
    newest.locator("audio").evaluate("(audio) => audio.play()")
    expect(newest.get_by_text("new", exact=True)).to_be_hidden()
    assert newest.locator("audio").evaluate("(audio) => audio.playbackRate") == 2
    assert api.get(f"/sounds/{sounds[2]}").json()["heard_at"] is not None
    assert api.get("/mailboxes/sales").json()["unheard"] == 0


def test_the_drawing_leads_to_a_place_in_the_sound(browser_page: Page, sounds: list[str]) -> None:
    page = browser_page
    page.goto("/ui/sounds")
    row = page.locator(f'[data-sound="{sounds[0]}"]')
    wave = row.locator("svg")
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] * 0.75, "y": 5})
    page.wait_for_function(
        "(sound) => document.querySelector(`[data-sound='${sound}'] audio`).currentTime >= 1.4", arg=sounds[0]
    )


def test_a_sound_is_deleted_and_a_mailbox_told_how_long_it_keeps(
    browser_page: Page, api: httpx.Client, sounds: list[str]
) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/sounds?mailbox=sales")
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_role("status").first).to_contain_text("The sound is gone.")
    assert api.get(f"/sounds/{sounds[2]}").status_code == 404
    page.goto("/ui/sounds?mailbox=sales")
    page.get_by_label("Days").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved.")
    assert api.get("/mailboxes/sales").json()["keep_days"] == 7


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None], sounds: list[str]
) -> None:
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/sounds", "/ui/sounds?mailbox=sales", "/ui/sounds?mailbox=nobody"):
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
