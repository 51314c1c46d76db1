"""Pages on paper: the firm at the top, nothing to click, black on white; a proof on two sheets at most."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import httpx
from PIL import Image
from playwright.sync_api import Page, expect

from tests.admin.test_dnc_proof import NUMBER

# What can be seen and clicked, or leads elsewhere.
TO_CLICK = "nav, button, .button, input[type=submit], input[type=file], .tabs, .pager, .curl, summary"
INK = """() => [...document.querySelectorAll("main *")]
  .filter((each) => each.checkVisibility() && !each.closest("svg") && each.innerText?.trim())
  .map((each) => getComputedStyle(each).color)"""


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_a_proof_is_a_letter_on_one_sheet_and_its_record_on_another(
    browser_page: Page, api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    logo = io.BytesIO()
    Image.new("RGB", (400, 120), "#a33").save(logo, "PNG")
    api.put("/firm", json={"name": "Roofs", "contact": "1 Main St\nAustin", "colour": "#0055aa"}).raise_for_status()
    api.put("/firm/logo", content=logo.getvalue(), headers={"Content-Type": "image/png"}).raise_for_status()
    api.post("/dnc", json={"number": NUMBER}).raise_for_status()
    browser_page.goto(f"/ui/dnc/{NUMBER}/proof")
    expect(browser_page.get_by_role("heading", level=1)).to_have_text("Request not to be called: +1 480-555-1234")
    drawn = "document.querySelector('header img').complete && document.querySelector('header img').naturalWidth"
    assert browser_page.evaluate(drawn) == 400
    line = "getComputedStyle(document.querySelector('header')).borderBottomColor"
    assert browser_page.evaluate(line) == "rgb(0, 85, 170)"
    axe(browser_page)
    for form in ("A4", "Letter"):
        assert sheets(browser_page.pdf(format=form)) == 2


def test_a_printed_page_has_the_firm_and_nothing_to_click(browser_page: Page, api: httpx.Client) -> None:
    api.put("/firm", json={"name": "Roofing Partners", "colour": "#ffd400"}).raise_for_status()
    api.post("/dnc", json={"number": NUMBER}).raise_for_status()
    browser_page.goto(f"/ui/dnc/{NUMBER}")
    browser_page.emulate_media(media="print")
    expect(browser_page.locator(".brand")).to_have_text("Roofing Partners")
    assert not [each for each in browser_page.locator(TO_CLICK).all() if each.is_visible()]
    assert set(browser_page.evaluate(INK)) <= {"rgb(0, 0, 0)", "rgb(51, 51, 51)"}


def test_pages_in_the_firms_colour_can_be_read_in_both_schemes(
    open_page: Callable[..., Page], api: httpx.Client, axe: Callable[[Page], None]
) -> None:
    api.put("/firm", json={"name": "Roofing Partners", "colour": "#ffd400"}).raise_for_status()
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in ("/ui/login", "/ui/firm"):
            page.goto(path)
            axe(page)
