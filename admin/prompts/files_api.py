"""/prompts: the files that calls played, by their names in call records and proofs."""

from __future__ import annotations

from flask import Response

from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.problems import fault, not_found
from admin.http.routing import ApiCall, Routes
from ivr.domain.menu.published import PROMPT_FILE
from ivr.storage.disk.prompt_files import SYSTEM_NAME, PromptFiles

_PATHS = {
    "prompt_file": {"type": "string", "pattern": f"^{PROMPT_FILE.pattern}$"},
    "prompt_name": {"type": "string", "pattern": f"^{SYSTEM_NAME.pattern}$"},
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
    """Listen to a system prompt, such as the keys read out or the goodbye.

    `system/goodbye.wav` in a call record is `/prompts/system/goodbye`.
    """
    name = call.path["prompt_name"]
    if not SYSTEM_NAME.fullmatch(name):
        raise fault(
            "/path/prompt_name",
            "invalid_name",
            "a system prompt's name has 1 to 32 lower-case letters, digits, underscores or hyphens",
        )
    path = call.service(PromptFiles).find_system(name)
    if path is None:
        raise not_found("there is no such system prompt", "prompt_not_found")
    return audio_answer(path, "no-cache")
