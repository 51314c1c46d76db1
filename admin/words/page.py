"""Words that are said in other words: the installation's list, and what will be said for any text."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from ivr.domain.menu.spoken_as import DEFAULT_LANGUAGE, spoken_as
from ivr.domain.said.languages import RULES
from ivr.domain.said.own_words import OwnWords

pages = Pages()


@pages("GET", "/words", scope="read")
def show_words(page: Page) -> Response:
    words = page.api("get_words")["words"]
    text = page.args.get("text", "").strip()
    language = page.args.get("language") or DEFAULT_LANGUAGE
    if page.can("write"):
        page.note("put_words", body={"words": {**words, "Geis": "guys"}})
    return page.render(
        "words.html",
        words=[
            _row(each, words)
            for each in sorted(words, key=str.casefold)
        ],
        text=text,
        language=language,
        languages=sorted({DEFAULT_LANGUAGE, *RULES}),
        tried=_tried(page, text, language) if text else None,
    )


@pages("POST", "/words", scope="write")
def add_word(page: Page) -> Response:
    """Add a word, or have one said otherwise."""
    spelling, said, language = (page.form.get(name, "").strip() for name in ("spelling", "said", "language"))
    entry = {"say": said, "language": language} if language else said
    try:
        if not spelling:
            raise fault("/spelling", "missing", t("type the word as it stands in your texts"))
        words = page.api("get_words", quiet=True)["words"]
        others = {each: words[each] for each in words if each.casefold() != spelling.casefold()}
        page.api("put_words", body={"words": {**others, spelling: entry}})
    except ApiError as error:
        return show_words(page.refused(error))
    check = {"text": spelling, "language": language or DEFAULT_LANGUAGE}
    done = page.api("check_text", body=check, quiet=True)["spoken_as"]
    said = t("%(word)s will be said: %(said)s. Prompts that have it must be spoken again.", word=spelling, said=done)
    return page.redirect("/words", said)


@pages("POST", "/words/remove", scope="write")
def remove_word(page: Page) -> Response:
    spelling = page.form.get("spelling", "")
    words = page.api("get_words", quiet=True)["words"]
    page.api("put_words", body={"words": {each: said for each, said in words.items() if each != spelling}})
    return page.redirect("/words", t("%(word)s will be said as it is written.", word=spelling))


def _row(spelling: str, words: OwnWords) -> dict[str, str]:
    """With what is said in the entry's own language."""
    entry = words[spelling]
    said, language = (entry, "") if isinstance(entry, str) else (entry["say"], entry.get("language", ""))
    spoken = spoken_as(spelling, language or DEFAULT_LANGUAGE, words).text
    return {"spelling": spelling, "said": said, "language": language, "spoken_as": spoken}


def _tried(page: Page, text: str, language: str) -> dict[str, Any] | str:
    """What will be said for the text that was typed, or why it is refused."""
    try:
        return dict(page.api("check_text", body={"text": text, "language": language}))
    except ApiError as error:
        return "; ".join(each.message for each in error.faults) or error.detail
