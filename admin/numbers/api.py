"""/dids: the numbers that lead to menus."""

from __future__ import annotations

from flask import Response

from admin.http.path_numbers import wanted_text
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import sorted_page_json
from admin.numbers.schema import DidPageSchema, DidQuery
from admin.numbers.views import did_json
from ivr.ports.menus import MenuStore

routes = Routes("numbers")


@routes(
    "GET",
    "/dids",
    scope="read",
    query=DidQuery,
    answers=(Answer(200, "Numbers in their order", DidPageSchema),),
    problems=(422,),
)
def list_dids(call: ApiCall) -> Response:
    """List the numbers that lead to a menu."""
    query = call.query
    page = call.service(MenuStore).list_dids(
        **{**query.model_dump(), "search": wanted_text(call, query.search)}
    )
    return json_answer(sorted_page_json(page, map(did_json, page.items)))
