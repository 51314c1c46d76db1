"""/dids: which number leads to which menu."""

from __future__ import annotations

from flask import Response

from admin.http import answers, models
from admin.http.routing import Answer, Call, Routes, json_answer
from admin.http.views import did_json, page_json

routes = Routes("numbers")


@routes(
    "GET",
    "/dids",
    scope="read",
    query=models.PageQuery,
    answers=(Answer(200, "Numbers in their order", answers.DidPage),),
    problems=(422,),
)
def list_dids(call: Call) -> Response:
    """List the numbers that lead to a menu."""
    page = call.services.menus.list_dids(call.query.limit, call.query.cursor)
    return json_answer(page_json(page, map(did_json, page.items)))
