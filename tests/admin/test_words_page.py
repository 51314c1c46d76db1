"""The page of words that are said otherwise: added, tried, removed."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.admin.conftest import Api
from tests.admin.test_number_lists_page import ORIGIN, post


@pytest.fixture
def browser(app: Flask, api_key: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/ui/login", data={"key": api_key}, headers=ORIGIN).status_code == 303
    return client


def test_a_word_is_added_shown_as_it_will_be_said_and_removed(api: Api, browser: FlaskClient) -> None:
    assert "No word yet" in browser.get("/ui/words").text
    assert post(browser, "/ui/words", spelling="Geis", said="guys 24/7")[0] == 303
    assert post(browser, "/ui/words", spelling="Roxe", said="rocks")[0] == 303
    shown = unescape(browser.get("/ui/words").text)
    assert "guys twenty-four seven" in shown
    assert "Geis will be said" not in shown
    assert post(browser, "/ui/words", spelling="Geis", said="guys")[0] == 303
    assert post(browser, "/ui/words/remove", spelling="Roxe")[0] == 303
    assert api("GET", "/words").json["words"] == {"Geis": "guys"}


def test_a_text_is_tried_with_the_list_and_its_refusal_is_told(api: Api, browser: FlaskClient) -> None:
    api("PUT", "/words", {"words": {"Geis": "guys"}})
    assert "guys, nine AM" in browser.get("/ui/words?text=Geis, 9am").text
    assert "nueve" in browser.get("/ui/words?text=9 horas&language=es").text
    assert 'class="fault"' in browser.get("/ui/words?text=<b>Now</b>").text


def test_a_word_that_cannot_be_said_is_refused_and_nothing_is_lost(api: Api, browser: FlaskClient) -> None:
    status, text = post(browser, "/ui/words", spelling="Geis", said="...")
    assert status == 422
    assert "a letter or digit among them" in unescape(text)
    assert 'value="Geis"' in text
    assert post(browser, "/ui/words", spelling=" ", said="guys")[0] == 422
    assert api("GET", "/words").json["words"] == {}


def test_a_word_for_one_language_replaces_the_same_spelling_in_any_case(api: Api, browser: FlaskClient) -> None:
    assert post(browser, "/ui/words", spelling="Once", said="one time")[0] == 303
    assert post(browser, "/ui/words", spelling="once", said="one time", language="en-us")[0] == 303
    assert api("GET", "/words").json["words"] == {"once": {"say": "one time", "language": "en-us"}}
    assert 'badge">en-us' in browser.get("/ui/words").text
    assert "las once" in browser.get("/ui/words?text=A las once&language=es").text
