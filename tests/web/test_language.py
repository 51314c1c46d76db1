"""The language of the pages: chosen on the page and kept."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_who_chooses_spanish_keeps_it(open_page: Callable[..., Page]) -> None:
    page = open_page(locale="en-US")
    page.goto("/ui/numbers")
    expect(page.locator("html")).to_have_attribute("lang", "en-US")
    page.get_by_label("Language", exact=True).select_option("es")
    expect(page.get_by_role("heading", level=1)).to_have_text("Números")
    expect(page.locator("html")).to_have_attribute("lang", "es-US")
    assert page.url.endswith("/ui/numbers")
    page.goto("/ui/menus/new")
    expect(page.get_by_role("button", name="Crear menú")).to_be_visible()
    page.get_by_label("Idioma", exact=True).select_option("en")
    expect(page.get_by_role("button", name="Create menu")).to_be_visible()


def test_the_log_in_page_is_in_the_language_of_the_browser_and_can_be_changed(open_page: Callable[..., Page]) -> None:
    page = open_page(key=None, locale="es-MX")
    page.goto("/ui/login")
    expect(page.get_by_text("Iniciar sesión con una clave de API")).to_be_visible()
    page.get_by_label("Idioma", exact=True).select_option("en")
    expect(page.get_by_text("Log in with an API key")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Log in with an API key")).to_be_visible()
