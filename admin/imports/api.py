"""/imports and /ivr/{id}/import: menus of other systems brought in, and what is to be done about them."""

from __future__ import annotations

import tempfile
from typing import IO, Any, cast

from flask import Response, request

from admin.http.body import copy_body, too_large
from admin.http.crowd import aside
from admin.http.preconditions import refuse_if_match
from admin.http.problems import not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.imports import schema
from admin.imports.service import ImportDesk
from admin.imports.sounds import ImportSounds
from admin.imports.views import brought_json, imported_json, sounds_job_json
from admin.menus.requests import ETAG, ivr_id, version_tag
from admin.menus.saving import SaveOptions
from admin.menus.schema import IVR_ID_PATH
from admin.prompts.uploads import FORM_BYTES, MULTIPART, only_file
from ivr.domain.imports.freepbx.archive import MAX_ARCHIVE_BYTES
from ivr.domain.imports.sources import MAX_BYTES, most_bytes

routes = Routes("menus", IVR_ID_PATH)

_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_TEXT: dict[str, Any] = {"type": "string"}
_TYPES: dict[str, dict[str, Any]] = {
    "application/json": {},
    **dict.fromkeys(("application/xml", "text/xml", "text/plain"), _TEXT),
    "application/octet-stream": _FILE,
    MULTIPART: {"type": "object", "required": ["file"], "properties": {"file": _FILE}},
}
_LINKS = {each: {"ivr_id": "$response.body#/id"} for each in ("get_menu", "get_import", "fetch_sounds", "speak_menu")}


@routes(
    "POST",
    "/imports",
    scope="write",
    query=schema.ImportQuery,
    body=Body(raw=_TYPES, max_bytes=MAX_ARCHIVE_BYTES),
    answers=(
        Answer(
            201,
            "The new menu, a draft",
            schema.ImportedMenuSchema,
            headers={"Location": "the menu", **ETAG},
            links=_LINKS,
        ),
        Answer(200, "What would become of it", schema.ImportedMenuSchema),
    ),
    problems=BAD_BODY,
)
def import_menu(call: ApiCall) -> Response:
    """Make a menu from one of another system.

    The body is the file itself, whatever its type, or multipart/form-data with one file: a flow of Twilio Studio or
    Amazon Connect, TwiML, SWML or verbs of jambonz, ivr.conf.xml of FreeSWITCH or FusionPBX, or a backup of
    FreePBX as it is. Which of them it is, is found out by reading it. A backup has 64,000,000 bytes at most, all else
    4,000,000. The report says of each part what became of it; with `dry_run=true` that is all that happens.
    GET /ivr/{ivr_id}/import has the report later on.

    Recordings that the file has with it (`in_file`) become uploads of the menu, converted as uploads are. One that
    cannot be read says why in its `message`, and stops nothing. What takes longer than 20 seconds goes on afterwards:
    GET /ivr/{ivr_id}/import/sounds says how far it is.
    """
    refuse_if_match()
    desk, query = call.service(ImportDesk), call.query
    content = _content()
    with aside():
        imported, warnings = desk.read(content, query.name.strip())
        if query.dry_run:
            return json_answer(imported_json(imported, warnings, None))
        ivr = desk.make(imported, SaveOptions(call.actor, query.strict)).ivr_id
        taken = call.service(ImportSounds).take(ivr, imported, actor=call.actor)
    headers = {"Location": f"/ivr/{ivr}", "ETag": version_tag(desk.version(ivr))}
    return json_answer(imported_json(imported, warnings, ivr, taken), 201, headers)


@routes(
    "GET",
    "/ivr/<ivr_id>/import",
    scope="read",
    answers=(Answer(200, "The report, and what is still missing", schema.BroughtMenuSchema),),
    problems=(404, 422),
)
def get_import(call: ApiCall) -> Response:
    """Get what became of each part of a menu that was brought in, and what it still lacks here."""
    return json_answer(brought_json(call.service(ImportDesk).get(ivr_id(call))))


@routes(
    "DELETE",
    "/ivr/<ivr_id>/import",
    scope="write",
    answers=(Answer(204, "The report is put away; the menu stays"),),
    problems=(404, 422),
)
def put_import_away(call: ApiCall) -> Response:
    """Put away the report of a menu that was brought in: all is done. The menu stays as it is."""
    call.service(ImportDesk).put_away(ivr_id(call), actor=call.actor)
    return Response(status=204)


@routes(
    "POST",
    "/ivr/<ivr_id>/import/sounds",
    scope="write",
    answers=(
        Answer(
            202,
            "It has begun, or goes on; ask GET for its progress",
            schema.SoundsJobSchema,
            headers={"Location": "its progress"},
        ),
    ),
    problems=(404, 422),
)
def fetch_sounds(call: ApiCall) -> Response:
    """Fetch the recordings that a menu played elsewhere.

    Those that the source names by an http or https address and that the menu lacks. They are fetched one after the
    other, converted as uploads are, and become one new version together. An address inside a private network is not
    asked, nor is one that a redirect leads to, unless DIGITREE_OUTBOUND_PRIVATE is set. A recording that cannot be
    had is named with the reason, and the rest goes on. While it runs, this answers how far it is.
    """
    menu = ivr_id(call)
    job = call.service(ImportSounds).start(menu, actor=call.actor)
    return json_answer(sounds_job_json(job), 202, {"Location": f"/ivr/{menu}/import/sounds"})


@routes(
    "GET",
    "/ivr/<ivr_id>/import/sounds",
    scope="read",
    answers=(Answer(200, "The progress, or what came of it", schema.SoundsJobSchema),),
    problems=(404, 422),
)
def get_fetched_sounds(call: ApiCall) -> Response:
    """Get the progress of fetching a menu's recordings; known for a day."""
    job = call.service(ImportSounds).find(ivr_id(call))
    if job is None:
        raise not_found("no recordings of this menu were fetched in the last day", "sounds_not_found")
    return json_answer(sounds_job_json(job))


def _content() -> bytes:
    """The file in the current request, as its body or as the only file of a form."""
    form = request.mimetype == MULTIPART
    with tempfile.SpooledTemporaryFile(max_size=MAX_BYTES + FORM_BYTES) as body:
        size = copy_body(body, MAX_ARCHIVE_BYTES + (FORM_BYTES if form else 0))
        body.seek(0)
        content = only_file(cast(IO[bytes], body), size).stream.read() if form else body.read()
    most = most_bytes(content)
    if len(content) > most:
        raise too_large(most, len(content))
    return bytes(content)
