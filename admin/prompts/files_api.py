"""/prompts: the files that calls played, by their names in call records and proofs."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.problems import fault, not_found
from admin.http.routing import ApiCall, Routes
from ivr.domain.menu.language_sentences import FOLDER, SENTENCE_NAME
from ivr.domain.menu.published import PROMPT_FILE
from ivr.domain.system_prompts.languages import ENGLISH, LANGUAGES
from ivr.storage.disk.prompt_files import SYSTEM_NAME, PromptFiles

_PATHS: dict[str, dict[str, Any]] = {
    "prompt_file": {"type": "string", "pattern": f"^{PROMPT_FILE.pattern}$"},
    "prompt_name": {"type": "string", "pattern": f"^{SYSTEM_NAME.pattern}$"},
    "sentence_name": {"type": "string", "pattern": f"^{SENTENCE_NAME.pattern}$"},
    "prompt_language": {"type": "string", "enum": [each for each in LANGUAGES if each != ENGLISH.language]},
}
routes = Routes("do not call", _PATHS)


@routes(
    "GET",
    "/prompts/<prompt_file>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def hear_prompt(call: ApiCall) -> Response:
    """Listen to a prompt by the file name in a proof, even if menus no longer play it."""
    file = call.path["prompt_file"]
    if not PROMPT_FILE.fullmatch(file):
        raise fault("/path/prompt_file", "invalid_file", "the name of a prompt file is 32 hex digits and .wav")
    path = call.service(PromptFiles).path_of(file)
    if not path.is_file():
        raise not_found("there is no such prompt file", "prompt_not_found")
    return audio_answer(path, "no-cache", path.stem)


@routes(
    "GET",
    "/prompts/system/<prompt_name>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def hear_system_prompt(call: ApiCall) -> Response:
    """Listen to a system prompt in English, such as the keys read out or the goodbye.

    `system/goodbye.wav` in a call record is `/prompts/system/goodbye`.
    """
    return _hear_system_prompt(call, ENGLISH.language)


@routes(
    "GET",
    "/prompts/system/<prompt_language>/<prompt_name>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def hear_foreign_system_prompt(call: ApiCall) -> Response:
    """Listen to a system prompt in another language than English.

    `system/es/goodbye.wav` in a call record is `/prompts/system/es/goodbye`.
    """
    language = call.path["prompt_language"]
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise fault("/path/prompt_language", "invalid_language", f"system prompts are spoken in {known}")
    return _hear_system_prompt(call, language)


@routes(
    "GET",
    "/prompts/languages/<sentence_name>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def hear_language_sentence(call: ApiCall) -> Response:
    """Listen to the sentence in which a language offers itself.

    `languages/es-2.wav` in a call record is `/prompts/languages/es-2`.
    """
    name = call.path["sentence_name"]
    if not SENTENCE_NAME.fullmatch(name):
        raise fault(
            "/path/sentence_name",
            "invalid_name",
            "a sentence is named by its language and its key: es-2, pt-BR-star, en-pound",
        )
    file = f"{FOLDER}/{name}.wav"
    prompts = call.service(PromptFiles)
    if not prompts.exists(file):
        raise not_found("this sentence is not spoken: save a menu that asks for the language", "prompt_not_found")
    return audio_answer(prompts.path_of(file), "no-cache")


def _hear_system_prompt(call: ApiCall, language: str) -> Response:
    name = call.path["prompt_name"]
    if not SYSTEM_NAME.fullmatch(name):
        raise fault(
            "/path/prompt_name",
            "invalid_name",
            "a system prompt's name has 1 to 32 lower-case letters, digits, underscores or hyphens",
        )
    path = call.service(PromptFiles).find_system(name, language)
    if path is None:
        raise not_found("there is no such system prompt", "prompt_not_found")
    return audio_answer(path, "no-cache")
