"""/ivr/{id}/bundle and /ivr/bundle: a menu as one file, and back; /ivr/{id}/duplicate."""

from __future__ import annotations

import json
import tempfile
from typing import IO, Any, BinaryIO, cast

from flask import Response, request, send_file

from admin.bundles import schema
from admin.bundles.reading import read_bundle
from admin.bundles.service import BundleService
from admin.http.body import copy_body
from admin.http.crowd import aside
from admin.http.path_numbers import Region
from admin.http.preconditions import if_match, refuse_if_match
from admin.http.problems import ApiError
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, dump_json, text_answer
from admin.menus.rendered import RenderedMenus
from admin.menus.requests import ETAG, IF_MATCH, ivr_id, menu_answer, version_tag
from admin.menus.saving import SaveOptions
from admin.menus.schema import IVR_ID_PATH, MenuSchema
from admin.menus.service import MenuService
from ivr.domain.bundles.parts import MAX_BYTES
from ivr.domain.bundles.unpacking import open_bundle
from ivr.domain.copy_names import copy_name, copy_stem
from ivr.ports.menus import MenuStore

routes = Routes("menus", IVR_ID_PATH)

MEDIA_TYPE = "application/zip"
_IN_MEMORY_BYTES = 1024 * 1024
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
# What generators of clients know beside it.
_TYPES = {MEDIA_TYPE: _FILE, "application/octet-stream": _FILE}


@routes(
    "GET",
    "/ivr/<ivr_id>/bundle",
    operation="export_bundle",
    scope="read",
    answers=(
        Answer(200, "The bundle", _FILE, MEDIA_TYPE, headers={"Content-Disposition": "a name for the file"}),
    ),
    problems=(404, 409, 422),
)
def get_bundle(call: ApiCall) -> Response:
    """Download a menu with its prompts and tests as one file.

    A bundle is a ZIP file with the menu, the sounds of its prompts, its tests, and the names of the agents, channels,
    opening hours, lists, groups of people, services and voices that it needs; these themselves, numbers and versions
    are not in it. The same menu is the same bytes, on every installation. POST /ivr/bundle brings it back.
    """
    # The file is closed when the answer is sent.
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
    with aside():
        stored = call.service(BundleService).pack(ivr_id(call), file)
    file.seek(0)
    response = send_file(
        cast(BinaryIO, file),
        mimetype=MEDIA_TYPE,
        as_attachment=True,
        download_name=f"{stored.name}.digitree.zip",
        etag=False,
        max_age=0,
        conditional=False,
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@routes(
    "POST",
    "/ivr/bundle",
    operation="import_bundle",
    scope="write",
    query=schema.BundleQuery,
    body=Body(raw=_TYPES, max_bytes=MAX_BYTES),
    headers=IF_MATCH,
    answers=(
        Answer(201, "The new menu, a draft", schema.BroughtSchema, headers={"Location": "the menu", **ETAG}),
        Answer(200, "The menu that was brought up to it", schema.BroughtSchema, headers=ETAG),
    ),
    problems=(*BAD_BODY, 404, 412),
)
def post_bundle(call: ApiCall) -> Response:
    """Make a menu from a bundle.

    Without `into` it is a new menu, a draft. With `into` that menu becomes what the bundle says, from the next call
    on, as a new version that can be taken back: its nodes, prompts and tests; its numbers stay. A file that is
    damaged, changed or no bundle is refused as a whole. `missing` names what the menu needs and is not here.
    """
    into = call.query.into
    if request.mimetype not in _TYPES:
        raise ApiError(415, "unsupported_media_type", f"send a bundle with Content-Type: {MEDIA_TYPE}")
    if into is None:
        refuse_if_match()
    options = SaveOptions(call.actor, if_match=if_match().versions)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
        copy_body(file, MAX_BYTES)
        with aside(), open_bundle(file) as bundle:
            read = read_bundle(bundle, call.service(Region).name)
            stored, missing = call.service(BundleService).bring(bundle, read, options, into)
    text = call.service(RenderedMenus).menu(stored, call.service(MenuService).ready_prompts(stored))
    menu = {**json.loads(text), "missing": missing.to_json()}
    headers = {"ETag": version_tag(stored.version), **({} if into else {"Location": f"/ivr/{stored.ivr_id}"})}
    return text_answer(dump_json(menu), 200 if into else 201, headers)


@routes(
    "POST",
    "/ivr/<ivr_id>/duplicate",
    operation="duplicate_menu",
    scope="write",
    answers=(Answer(201, "The copy, a draft", MenuSchema, headers={"Location": "the copy", **ETAG}),),
    problems=(404, 422),
)
def duplicate_ivr(call: ApiCall) -> Response:
    """Duplicate a menu: its nodes, prompts and tests as a new draft, without its numbers.

    The copy is called `Roofing line (copy)`, or `(copy 2)` where there is one.
    """
    name = call.service(MenuStore).get(ivr_id(call)).name
    copies = call.service(MenuStore).names_beginning(copy_stem(name))
    copy = call.service(BundleService).duplicate(ivr_id(call), copy_name(name, copies), actor=call.actor)
    return menu_answer(call, copy, 201, Location=f"/ivr/{copy.ivr_id}")
