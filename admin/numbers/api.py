"""/dids: the numbers that lead to menus."""

from __future__ import annotations

from flask import Response

from admin.http.models import PageQuery
from admin.http.routing import Answer, ApiCall, Routes, json_answer
from admin.http.views import page_json
from admin.numbers.schema import DidPageSchema
from admin.numbers.views import did_json
from ivr.ports.menus import MenuStore

routes = Routes("numbers")


@routes(
    "GET",
    "/dids",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Numbers in their order", DidPageSchema),),
    problems=(422,),
)
def list_dids(call: ApiCall) -> Response:
    """List the numbers that lead to a menu."""
    page = call.service(MenuStore).list_dids(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(did_json, page.items)))
