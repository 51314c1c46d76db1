"""/words: the installation's list of words that are said in other words, and what will be said for a text."""

from __future__ import annotations

from flask import Response

from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import fault, invalid
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import maybe_time
from admin.words import schema
from ivr.domain.menu.spoken_as import spoken_as
from ivr.domain.said.own_words import word_problems
from ivr.domain.said.pauses import TagRefused
from ivr.ports.words import WordList, WordStore

routes = Routes("words", {})


@routes("GET", "/words", scope="read", answers=(Answer(200, "The list", schema.WordListSchema, headers=ETAG),))
def get_words(call: ApiCall) -> Response:
    """Get the words that are said in other words, in the texts of all menus."""
    return _answer(call.service(WordStore).get())


@routes(
    "PUT",
    "/words",
    scope="write",
    body=Body(schema.PutWords),
    headers=IF_MATCH,
    answers=(Answer(200, "The list as it is now", schema.WordListSchema, headers=ETAG),),
    problems=(*BAD_BODY, 412),
)
def put_words(call: ApiCall) -> Response:
    """Replace the list of words.

    It holds for texts that are spoken from now on; a menu's own `words` come before it. Prompts whose text would now
    be
    said otherwise are `outdated` until they are spoken again: calls hear what they heard before.
    """
    words = call.body.words
    if problems := word_problems(words):
        raise invalid(*problems)
    wanted = if_match()
    stored = call.service(WordStore).put(
        words, actor=call.actor, check=lambda there: wanted.need(tag_of(_content(there)))
    )
    return _answer(stored)


@routes(
    "POST",
    "/words/check",
    scope="read",
    body=Body(schema.CheckText),
    answers=(Answer(200, "What will be said", schema.CheckedTextSchema),),
    problems=BAD_BODY,
)
def check_text(call: ApiCall) -> Response:
    """What a voice will say for a text, before it is spoken. Nothing is stored, and nothing is charged."""
    body = call.body
    if problems := word_problems(body.words or {}):
        raise invalid(*problems)
    words = {**call.service(WordStore).get().words, **(body.words or {})}
    try:
        said = spoken_as(body.text, body.language, words)
    except TagRefused as error:
        raise fault("/text", error.code, str(error)) from error
    warnings = [{"code": each.code, "message": each.message} for each in said.doubts]
    return json_answer({"spoken_as": said.text, "warnings": warnings})


def _content(stored: WordList) -> dict[str, object]:
    return {"words": dict(stored.words), "version": stored.version}


def _answer(stored: WordList) -> Response:
    document = {"words": dict(stored.words), "updated_at": maybe_time(stored.updated_at)}
    return json_answer(document, headers={"ETag": quoted(tag_of(_content(stored)))})
