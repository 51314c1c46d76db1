"""/lists: lists of numbers, which menus ask about a caller."""

from __future__ import annotations

from typing import Any

from flask import Response

from admin.http.models import PageQuery
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import page_json, time_json
from admin.lists import schema
from admin.lists.service import NumberListService
from ivr.domain.errors import NumberListNotFound
from ivr.domain.number_lists import LIST_NAME
from ivr.ports.number_lists import NumberListStore, StoredNumberList

routes = Routes("lists", schema.LIST_PATHS)

_THIS_LIST = {
    operation: {"list_name": "$response.body#/name"} for operation in ("get_number_list", "delete_number_list")
}


@routes(
    "POST",
    "/lists",
    scope="write",
    body=Body(schema.CreateNumberList),
    answers=(
        Answer(201, "The list", schema.NumberListSchema, headers={"Location": "the list"}, links=_THIS_LIST),
    ),
    problems=(*BAD_BODY, 409),
)
def create_number_list(call: ApiCall) -> Response:
    """Create a list of numbers.

    Menus ask whether a caller is on it. What must not be called belongs on a do-not-call list (`/dnc`) instead.
    """
    made = call.service(NumberListStore).create(call.body.name, actor=call.actor)
    return json_answer(_list_json(made), 201, {"Location": f"/lists/{made.name}"})


@routes(
    "GET",
    "/lists",
    scope="read",
    query=PageQuery,
    answers=(Answer(200, "Lists, by name", schema.NumberListPageSchema),),
    problems=(422,),
)
def list_number_lists(call: ApiCall) -> Response:
    """List the lists of numbers."""
    page = call.service(NumberListStore).list(limit=call.query.limit, cursor=call.query.cursor)
    return json_answer(page_json(page, map(_list_json, page.items)))


@routes(
    "GET",
    "/lists/<list_name>",
    scope="read",
    answers=(Answer(200, "The list", schema.NumberListSchema),),
    problems=(404, 422),
)
def get_number_list(call: ApiCall) -> Response:
    """Get a list of numbers: how many are on it."""
    found = call.service(NumberListStore).find(list_name(call))
    if found is None:
        raise NumberListNotFound(call.path["list_name"])
    return json_answer(_list_json(found))


@routes(
    "DELETE",
    "/lists/<list_name>",
    scope="write",
    query=schema.DeleteNumberListQuery,
    answers=(Answer(204, "The list is deleted"),),
    problems=(404, 409, 422),
)
def delete_number_list(call: ApiCall) -> Response:
    """Delete a list of numbers; with `force=true` even if numbers are on it."""
    name = list_name(call)
    if not call.service(NumberListService).delete(name, force=call.query.force, actor=call.actor):
        raise NumberListNotFound(name)
    return Response(status=204)


def list_name(call: ApiCall) -> str:
    """The name in the path; raises NumberListNotFound for one that no list can have."""
    name = call.path["list_name"]
    if not LIST_NAME.fullmatch(name):
        raise NumberListNotFound(name)
    return name


def _list_json(each: StoredNumberList) -> dict[str, Any]:
    return {"name": each.name, "numbers_count": each.numbers, "created_at": time_json(each.created_at)}
