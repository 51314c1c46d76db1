"""Scripts and the editor take their texts from the translations that a page brings, in the forms of its language."""

from __future__ import annotations

import json
import re

import httpx
from playwright.sync_api import Page, Route, expect

from tests.admin.pages import PAGE_TREE

SPANISH = {
    "Arrange": "Ordenar",
    "Question": "Pregunta",
    "no key": "ninguna tecla",
    "Line %(n)s": "Línea %(n)s",
    "Version %(version)s is saved": "La versión %(version)s está guardada",
}


def in_spanish(page: Page) -> None:
    """Every page of the app with these translations."""
    tag = f'<script type="application/json" id="translations">{json.dumps(SPANISH)}</script>'

    def translated(route: Route) -> None:
        answer = route.fetch()
        if "html" not in answer.headers.get("content-type", ""):
            route.fulfill(response=answer)
            return
        text = re.sub(r'<html lang="[^"]*"', '<html lang="es-MX"', answer.text(), count=1)
        route.fulfill(response=answer, body=text.replace("</head>", f"{tag}</head>", 1))

    page.route("**/ui/**", translated)


def test_the_editor_and_its_table_of_kinds_are_in_the_pages_language_and_english_where_nothing_is_translated(
    browser_page: Page, api: httpx.Client
) -> None:
    page = browser_page
    in_spanish(page)
    page.goto(f"/ui/menus/{api.post('/ivr', json=PAGE_TREE).raise_for_status().json()['id']}/edit")
    expect(page.get_by_role("button", name="Ordenar")).to_be_visible()
    expect(page.get_by_label("Kind").locator("option").first).to_have_text("Pregunta")
    expect(page.locator('.react-flow__node[data-id="welcome"]')).to_contain_text("ninguna tecla")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    page.get_by_label("Another language").select_option("Francés")
    expect(page.get_by_role("group", name="Language of the texts")).to_contain_text("Inglés")


def test_a_text_of_a_script_has_its_values_in_the_form_of_the_language(browser_page: Page) -> None:
    page = browser_page
    in_spanish(page)
    page.goto("/ui/menus")
    assert page.evaluate("digitree.t('Line %(n)s', {n: 12345})") == "Línea 12,345"
    assert page.evaluate("digitree.t('Not translated: %(what)s', {what: '%(n)s', n: 1})") == "Not translated: %(n)s"
    assert page.evaluate("digitree.seconds(2)") == "2.0 s"
