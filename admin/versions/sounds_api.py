"""/ivr/{id}/versions/{version}/audio: prompts as callers of an earlier version heard them."""

from __future__ import annotations

from flask import Response

from admin.http.audio_files import RANGE, audio_answer, audio_answers
from admin.http.problems import not_found
from admin.http.routing import ApiCall, Routes
from admin.menus.requests import ivr_id
from admin.prompts.api import audio_name
from admin.prompts.schema import PROMPT_PATHS
from admin.versions.api import version_number
from admin.versions.schema import VERSION_PATHS
from ivr.ports.menu_versions import VersionStore
from ivr.storage.disk.prompt_files import PromptFiles

routes = Routes("audio", {**VERSION_PATHS, **PROMPT_PATHS})


@routes(
    "GET",
    "/ivr/<ivr_id>/versions/<version>/audio/<file>",
    scope="read",
    headers=RANGE,
    answers=audio_answers(),
    problems=(404, 416, 422),
)
def listen_in_version(call: ApiCall) -> Response:
    """Listen to a prompt as a version of the menu had it."""
    version = call.service(VersionStore).get(ivr_id(call), version_number(call, "version"))
    name = audio_name(call)
    if name not in version.prompts:
        raise not_found(f"version {version.version} has no sound {name}", "prompt_not_found")
    path = call.service(PromptFiles).path_of(version.prompts[name].file)
    return audio_answer(path, "private, no-cache", path.stem)
