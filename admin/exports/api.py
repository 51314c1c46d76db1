"""/ivr/{id}/export: a menu as a document of another system."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.exports import schema
from admin.exports.service import ExportService, Wanted
from admin.http.problems import invalid
from admin.http.routing import Answer, ApiCall, Routes, dump_json, json_answer, text_answer
from admin.menus.requests import ivr_id
from admin.menus.schema import IVR_ID_PATH
from ivr.domain.exports.report import Exported
from ivr.domain.problems import Problem
from ivr.ports.menus import MenuStore

routes = Routes("menus", IVR_ID_PATH)

_DOCUMENT: dict[str, Any] = {"type": "object", "description": "what the target takes"}


@routes(
    "GET",
    "/ivr/<ivr_id>/export",
    operation="export_menu",
    scope="read",
    query=schema.ExportQuery,
    answers=(Answer(200, "The document and the report", schema.ExportedSchema),),
    problems=(404, 409, 422),
)
def export_ivr(call: ApiCall) -> Response:
    """Export a menu to Twilio Studio or SignalWire SWML, with a report.

    The report has a line for each node: carried over, changed (how), or not carried (why, and what stands in its
    place). Sounds are not in the document: they are in the menu's bundle.
    """
    return json_answer(_exported(call).to_json())


@routes(
    "GET",
    "/ivr/<ivr_id>/export/file",
    operation="export_menu_file",
    scope="read",
    query=schema.ExportQuery,
    answers=(
        Answer(200, "The document", _DOCUMENT, headers={"Content-Disposition": "a name for the file"}),
    ),
    problems=(404, 409, 422),
)
def export_ivr_file(call: ApiCall) -> Response:
    """Export a menu as the bare document, to be given to the target as it is."""
    exported = _exported(call)
    response = text_answer(dump_json(dict(exported.document)))
    name = call.service(MenuStore).get(ivr_id(call)).name
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{exported.target}.json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _exported(call: ApiCall) -> Exported:
    query = call.query
    if query.draft and query.version is not None:
        text = "ask for the draft or for a version, not for both"
        raise invalid(Problem("/query/version", "draft_or_version", text))
    wanted = Wanted(query.target, query.version, query.draft, query.sounds or "")
    return call.service(ExportService).export(ivr_id(call), wanted)
