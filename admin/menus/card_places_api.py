"""/ivr/{ivr_id}/places: where the editor's cards stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from admin.http.answers import Answered
from admin.http.models import Request
from admin.http.problems import fault
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.menus import schema
from admin.menus.requests import ivr_id
from ivr.domain.menu.document import MAX_NODES
from ivr.domain.menu.fields import NODE_ID
from ivr.domain.problems import pointer
from ivr.ports.card_places import CardPlace, CardPlaceStore
from ivr.ports.menus import MenuStore

routes = Routes("menus", schema.IVR_ID_PATH)

_FAR = 1_000_000
_PLACES = "the upper left corner of each node's card, in pixels; empty: the layout puts them all"
_NODES: dict[str, Any] = {"propertyNames": {"type": "string", "pattern": f"^{NODE_ID.pattern}$"}}


class PlaceBody(Request):
    x: Annotated[int, Field(ge=-_FAR, le=_FAR)]
    y: Annotated[int, Field(ge=-_FAR, le=_FAR)]


class PutPlaces(Request):
    places: dict[str, PlaceBody] = Field(max_length=MAX_NODES, description=_PLACES, json_schema_extra=_NODES)


class PlaceSchema(Answered):
    x: int
    y: int


class CardPlacesSchema(Answered):
    places: dict[str, PlaceSchema] = Field(description=_PLACES)


@routes(
    "GET",
    "/ivr/<menu:ivr_id>/places",
    scope="read",
    answers=(Answer(200, "The places", CardPlacesSchema),),
    problems=(404,),
)
def get_places(call: ApiCall) -> Response:
    """Get where the editor shows the menu's nodes."""
    call.service(MenuStore).state(ivr_id(call))
    return _answer(call.service(CardPlaceStore).get(ivr_id(call)))


@routes(
    "PUT",
    "/ivr/<menu:ivr_id>/places",
    scope="write",
    body=Body(PutPlaces),
    answers=(Answer(200, "The places as they are now", CardPlacesSchema),),
    problems=(*BAD_BODY, 404),
)
def put_places(call: ApiCall) -> Response:
    """Replace where the editor shows the menu's nodes.

    They are shared by all who edit the menu, and no part of it: no version is made, and calls notice nothing.
    """
    for node in call.body.places:
        if not NODE_ID.fullmatch(node):
            raise fault(pointer("places", node), "invalid_node", "a node's name has no blanks, as in the menu's JSON")
    call.service(MenuStore).state(ivr_id(call))
    places = {node: CardPlace(place.x, place.y) for node, place in call.body.places.items()}
    call.service(CardPlaceStore).put(ivr_id(call), places)
    return _answer(places)


def _answer(places: Mapping[str, CardPlace]) -> Response:
    return json_answer({"places": {node: place._asdict() for node, place in places.items()}})
