"""Voices: who can speak, under which licence, each with a sample."""

from __future__ import annotations

from flask import Response

from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()


@pages("GET", "/voices", scope="read")
def show_voices(page: Page) -> Response:
    try:
        voices, away = page.api("list_voices")["items"], False
    except ApiError as error:
        if error.status != 503:
            raise
        voices, away = [], True
    languages = list(dict.fromkeys(each["language"] for each in voices))
    chosen = page.args.get("language")
    shown = [each for each in voices if chosen in (None, "", each["language"])]
    return page.render("voices.html", voices=shown, languages=languages, chosen=chosen, away=away)
