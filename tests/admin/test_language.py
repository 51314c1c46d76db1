"""Whose language a page has, its forms of numbers and times, and what stays English."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.http import language, page
from admin.http.filters import decimals, number, percent, seconds, usd
from tests.admin.conftest import Api

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize(
    ("chosen", "asks", "lang"),
    [
        ("", "", "en-US"),
        ("", "de-DE,de;q=0.9", "en-US"),
        ("", "es", "es-US"),
        ("", "es-419,es;q=0.9", "es-419"),
        ("", "es-MX,es;q=0.9,en;q=0.8", "es-MX"),
        ("", "en-GB,es;q=0.5", "en-GB"),
        ("", "fr,es;q=0.5", "es-US"),
        ("es", "en-US,en;q=0.9", "es-US"),
        ("es", "en-US,es-CO;q=0.9", "es-CO"),
        ("en", "es-MX", "en-US"),
        ("tlh", "es-MX", "es-MX"),
        ("", "not a language;;;", "en-US"),
    ],
)
def test_a_page_has_the_chosen_language_else_the_browsers_else_english(
    browser: FlaskClient, chosen: str, asks: str, lang: str
) -> None:
    browser.set_cookie("language", chosen, path="/ui")
    text = browser.get("/ui/login", headers={"Accept-Language": asks}).text
    assert f'<html lang="{lang}" ' in text
    assert ("Iniciar sesión" in text) is lang.startswith("es")


def test_a_choice_is_kept_and_leads_back_to_the_page(browser: FlaskClient) -> None:
    answer = browser.post("/ui/language", data={"language": "es", "next": "/ui/login?next=/ui/"}, headers=ORIGIN)
    assert (answer.status_code, answer.location) == (303, "/ui/login?next=/ui/")
    assert "Iniciar sesión" in browser.get("/ui/login").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/ui//evil.example", "/ui/\\x", ""])
def test_a_choice_leads_to_pages_of_ours_only(browser: FlaskClient, elsewhere: str) -> None:
    answer = browser.post("/ui/language", data={"language": "es", "next": elsewhere}, headers=ORIGIN)
    assert answer.location == "/ui/"


def test_another_site_cannot_choose(browser: FlaskClient) -> None:
    answer = browser.post("/ui/language", data={"language": "es"}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_the_api_is_in_english_whatever_is_asked(app: Flask, api: Api) -> None:
    browser = app.test_client()
    browser.set_cookie("language", "es", path="/")
    headers = {"Authorization": f"Bearer {api.key}", "Accept-Language": "es"}
    answer = browser.post("/agents", json={"name": "sales", "targets": []}, headers=headers)
    assert answer.status_code == 422
    assert "at least 1 entry needed" in answer.text


@pytest.mark.parametrize(
    ("asks", "shown"),
    [
        ("en-US", ["1,234,567", "12.3", "25.6%", "$1,234.50", "12.3 s", "Mar 9, 2026, 2:05 PM", "Mon, Mar 9"]),
        (
            "es-US",
            ["1,234,567", "12.3", "25.6%", "$1,234.50", "12.3 s", "9 mar 2026, 2:05 p.m.", "lun, 9 de mar"],
        ),
        ("es-ES", ["1.234.567", "12,3", "25,6 %", "1.234,50 US$", "12,3 s", "9 mar 2026, 14:05", "lun, 9 mar"]),
    ],
)
def test_numbers_amounts_and_times_have_the_form_of_the_region(app: Flask, asks: str, shown: list[str]) -> None:
    moment = datetime(2026, 3, 9, 14, 5, tzinfo=UTC)
    with app.test_request_context("/ui/money", headers={"Accept-Language": asks}):
        found = [
            number(1234567), decimals(Decimal("12.345")), percent(0.2561, 1), usd("1234.5"), seconds(12345),
            language.time_text(moment), language.day_text(date(2026, 3, 9), "MMMEd"),
        ]  # fmt: skip
    assert [each.replace("\xa0", " ").replace("\u202f", " ") for each in found] == shown


def test_scripts_get_their_texts_as_data_that_cannot_end_the_element(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "script_texts", lambda language: {"Play": "</script><b>"} if language == "es" else {})
    text = browser.get("/ui/login", headers={"Accept-Language": "es"}).text
    element = '<script type="application/json" id="translations">{"Play": "\\u003c/script\\u003e\\u003cb\\u003e"}'
    assert element in text
    assert "translations" not in browser.get("/ui/login").text
