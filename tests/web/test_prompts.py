"""Prompts on the page: written, spoken by the real voice, seen, recorded and uploaded."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from tests.admin.pages import PAGE_TREE
from tests.tts.samples import encode, raw_samples
from tests.tts.samples import tone as sound_of
from tests.web.conftest import Site, place_of, speaking_app, wait_for_one
from tests.web.editing import publish

# The first words of a speech process that has just started take a while where others want the processor, too.
SPEAKS_MS = 30_000


@pytest.fixture
def site(site: Site, migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    with speaking_app(site, migrated_postgres_url, redis_url, tmp_path) as speaking:
        yield speaking


@pytest.fixture
def menu(api: httpx.Client) -> str:
    return str(api.post("/ivr", json=PAGE_TREE).raise_for_status().json()["id"])


def card(page: Page, node: str) -> Locator:
    return page.locator(f"#prompt-{node}")


def tone(seconds: float) -> bytes:
    """A WAV file of 440 Hz."""
    samples = (np.sin(np.arange(int(8000 * seconds)) * 2 * np.pi * 440 / 8000) * 9000).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def test_what_is_typed_while_a_prompt_is_spoken_stays_and_is_marked(browser_page: Page, menu: str) -> None:
    page = browser_page
    page.goto(f"/ui/menus/{menu}/prompts")
    welcome = card(page, "welcome")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(rf"/ivr/{menu}/audio$"), hold)
    text = welcome.get_by_label("What callers hear")
    text.fill("Press 1.")
    welcome.get_by_role("button", name="Speak").click()
    wait_for_one(page, held)
    text.fill("Press 1, please.")
    held.pop().continue_()
    expect(welcome.locator("[data-said]")).to_contain_text("$", timeout=SPEAKS_MS)
    expect(text).to_have_value("Press 1, please.")
    expect(welcome.locator("[data-state]")).to_have_text("text changed")
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto("/ui/health")
    assert asked == ["beforeunload"]


def test_the_buttons_of_a_prompt_stay_where_they_are(open_page: Callable[..., Page], menu: str) -> None:
    page = open_page(permissions=["microphone"])
    page.goto(f"/ui/menus/{menu}/prompts")
    dnc = card(page, "dnc")
    buttons = [dnc.get_by_text(name, exact=True) for name in ("Speak", "Record", "Upload")]
    places = [place_of(button) for button in buttons]
    dnc.get_by_label("What callers hear").fill("Press 1, or press 3.")
    expect(dnc.locator("[data-marks] li").first).to_be_visible()
    assert [place_of(button) for button in buttons] == places
    dnc.get_by_role("button", name="Record").click()
    expect(dnc.locator("[data-said]")).to_have_text("Recording…")
    page.wait_for_timeout(1200)  # that much sound
    dnc.get_by_role("button", name="Stop").click()
    expect(dnc.get_by_role("button", name="Use this recording")).to_be_visible()
    assert [place_of(button) for button in buttons] == places


def test_prompts_are_spoken_seen_marked_recorded_and_uploaded(
    open_page: Callable[..., Page], api: httpx.Client, menu: str, axe: Callable[[Page], None]
) -> None:
    page = open_page(permissions=["microphone"])
    page.goto(f"/ui/menus/{menu}/prompts")

    # Written and spoken: heard at once, with its waveform, seconds and price.
    welcome = card(page, "welcome")
    welcome.get_by_label("What callers hear").fill("Press 1, or press 3.")
    expect(welcome.locator("[data-marks]")).to_contain_text("says to press 3")
    welcome.get_by_role("button", name="Speak").click()
    expect(welcome.locator("[data-said]")).to_contain_text(re.compile(r"^\d+\.\d s, \$0\.\d+"), timeout=SPEAKS_MS)
    expect(welcome.locator("[data-state]")).to_have_text("spoken")
    assert len(welcome.locator("[data-wave] path").get_attribute("d") or "") > 1000
    expect(welcome.get_by_role("button", name="Pause")).to_be_visible()
    prompts = {each["audio"]: each for each in api.get(f"/ivr/{menu}").json()["prompts"]}
    assert (prompts["welcome.wav"]["state"], prompts["welcome.wav"]["text"]) == ("ready", "Press 1, or press 3.")

    # A text that is newer than its sound is marked.
    welcome.get_by_label("What callers hear").fill("Press 1, or press 9.")
    expect(welcome.locator("[data-state]")).to_have_text("text changed")
    expect(welcome.locator("[data-marks] li")).to_have_text([re.compile("spoken with other words")])
    welcome.get_by_role("button", name="Speak").click()
    expect(welcome.locator("[data-state]")).to_have_text("spoken", timeout=SPEAKS_MS)
    expect(welcome.locator("[data-marks] li")).to_have_count(0)

    # One's own voice: recorded, looked at, then used; the opt-out had no audio and has one now.
    dnc = card(page, "dnc")
    dnc.get_by_role("button", name="Record").click()
    expect(dnc.locator("[data-said]")).to_have_text("Recording…")
    page.wait_for_timeout(1200)  # that much sound
    dnc.get_by_role("button", name="Stop").click()
    expect(dnc.locator("[data-said]")).to_contain_text("Callers do not hear it yet")
    dnc.get_by_role("button", name="Use this recording").click()
    expect(dnc.locator("[data-state]")).to_have_text("recording", timeout=SPEAKS_MS)
    stored = api.get(f"/ivr/{menu}").json()
    assert stored["nodes"]["dnc"] == {"audio": "dnc.wav", "action": "suppress"}
    assert list(stored["nodes"]) == list(PAGE_TREE["nodes"])
    assert next(each for each in stored["prompts"] if each["audio"] == "dnc.wav")["duration_seconds"] > 0.5

    # A recording with the text typed beside it, and a file that is not audio.
    area = card(page, "service_area")
    area.get_by_label("What callers hear").fill("Is your house in Mesa? Press 1.")
    area.locator("[data-upload]").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": tone(0.7)})
    expect(area.locator("[data-said]")).to_have_text(re.compile(r"^0\.\d s$"), timeout=SPEAKS_MS)
    assert api.get(f"/ivr/{menu}").json()["nodes"]["service_area"]["text"] == "Is your house in Mesa? Press 1."
    expect(area.get_by_role("button", name="Save the text")).to_be_hidden()
    area.get_by_label("What callers hear").fill("Is your house in Tempe? Press 1.")
    expect(area.locator("[data-state]")).to_have_text("recording")
    area.get_by_role("button", name="Save the text").click()
    expect(area.locator("[data-said]")).to_have_text("The text is saved.")
    page.reload()
    expect(area.get_by_label("What callers hear")).to_have_value("Is your house in Tempe? Press 1.")
    assert list(api.get(f"/ivr/{menu}").json()["nodes"]["service_area"]["gather"]) == list(
        PAGE_TREE["nodes"]["service_area"]["gather"]
    )
    area.locator("[data-upload]").set_input_files({"name": "b.wav", "mimeType": "audio/wav", "buffer": b"no sound"})
    expect(area.locator("[data-said]")).not_to_have_text(re.compile(r"Uploading|0\.\d s"))

    # The chooser offers what is taken: telephone samples by their names, too; what is odd is told beside it.
    offered = (area.locator("[data-upload]").get_attribute("accept") or "").split(",")
    assert {"audio/*", ".m4a", ".webm", ".gsm", ".g722", ".ulaw", ".alaw", ".sln16"} <= set(offered)
    area.locator("[data-upload]").set_input_files(
        {"name": "a.ulaw", "mimeType": "", "buffer": raw_samples("ULAW")}
    )
    expect(area.locator("[data-said]")).to_have_text(re.compile(r"^1\.\d s$"), timeout=SPEAKS_MS)
    padded = encode("WAV", samples=np.pad(sound_of(0.5, 8000, 1), ((8000, 16_000), (0, 0))), rate_hz=8000)
    area.locator("[data-upload]").set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": padded})
    expect(area.locator("[data-report]")).to_contain_text("s after it, of 3.5 s", timeout=SPEAKS_MS)
    area.get_by_role("button", name="Keep the silence").click()
    expect(area.locator("[data-said]")).to_have_text("3.5 s", timeout=SPEAKS_MS)
    expect(area.locator("[data-report] li")).to_have_count(0)
    silent = encode("WAV", samples=np.zeros((8000, 1)), rate_hz=8000)
    area.locator("[data-upload]").set_input_files({"name": "s.wav", "mimeType": "audio/wav", "buffer": silent})
    expect(area.locator("[data-said]")).to_contain_text("there is no sound in it", timeout=SPEAKS_MS)
    area.get_by_role("button", name="Keep the silence").click()
    expect(area.locator("[data-said]")).to_have_text("1.0 s", timeout=SPEAKS_MS)
    expect(area.get_by_role("button", name="Keep the silence")).to_be_hidden()
    axe(page)

    # In the editor: words typed there are spoken with the save, if one likes.
    page.goto(f"/ui/menus/{menu}/edit")
    page.locator('.react-flow__node[data-id="unqualified"]').click()
    page.get_by_label("Text", exact=True).fill("Sorry, not today.")
    publish(page, patience_ms=SPEAKS_MS)
    expect(page.get_by_text(re.compile(r"Spoken, \d"))).to_be_visible()
    stored = api.get(f"/ivr/{menu}").json()
    assert stored["nodes"]["unqualified"]["text"] == "Sorry, not today."
    assert not [each for each in stored["warnings"] if each["node"] == "unqualified"]


def test_all_texts_of_a_menu_are_spoken_by_one_button_with_its_progress(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    nodes = {
        "welcome": {**PAGE_TREE["nodes"]["welcome"], "text": "Good morning."},
        "unqualified": {**PAGE_TREE["nodes"]["unqualified"], "text": "Goodbye.", "voice": "nobody"},
    }
    api.patch(f"/ivr/{menu}", json={"nodes": nodes}).raise_for_status()
    page = browser_page
    refused: list[str] = []
    page.on("response", lambda response: refused.append(response.url) if response.status == 404 else None)
    page.goto(f"/ui/menus/{menu}")
    expect(page.locator("p.lead .badge").first).to_have_text("no number yet")
    page.wait_for_load_state("networkidle")
    # Never spoken is no error in the browser's console.
    assert refused == []
    section = page.locator("#speak")
    section.get_by_role("button", name="Speak all of them").click()
    expect(section.locator("[data-told]")).to_have_text(re.compile("1 of 2 spoken, 1 failed"), timeout=SPEAKS_MS)
    expect(section.get_by_role("listitem").filter(has_text="Goodbye.")).to_contain_text("nobody")
    nodes["unqualified"]["voice"] = "joe"
    api.patch(f"/ivr/{menu}", json={"nodes": nodes}).raise_for_status()
    section.get_by_role("button", name="Try again").click()
    expect(section).to_have_count(0, timeout=SPEAKS_MS)


def test_speaking_beside_a_draft_tells_that_callers_hear_it_at_once(
    browser_page: Page, menu: str, api: httpx.Client
) -> None:
    page = browser_page
    note = page.get_by_text("This menu has a draft. What you speak here is live at once.")
    page.goto(f"/ui/menus/{menu}/prompts")
    expect(note).to_have_count(0)
    api.put(f"/ivr/{menu}/draft", json={**PAGE_TREE, "name": "Changed"}).raise_for_status()
    page.reload()
    expect(note).to_be_visible()
    page.get_by_role("link", name="Speak into the draft in the editor").click()
    expect(page).to_have_url(re.compile(f"/ui/menus/{menu}/edit"))
