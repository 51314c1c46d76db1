"""/people: whom transfers ring, in groups, on duty or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import sorted_page_json, time_json
from admin.people import schema
from admin.people.service import PersonDesk
from ivr.domain.people.errors import PersonNotFound
from ivr.domain.people.model import NAME, Person
from ivr.ports.people import PersonStore, StoredPerson

routes = Routes("people", schema.PERSON_PATHS)

_THIS_PERSON = {operation: {"person": "$response.body#/name"} for operation in ("get_person", "delete_person")}


@routes(
    "POST",
    "/people",
    scope="write or people",
    body=Body(schema.CreatePerson),
    answers=(
        Answer(
            201, "The person", schema.PersonSchema, headers={"Location": "the person", **ETAG}, links=_THIS_PERSON
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_person(call: ApiCall) -> Response:
    """Add a person whom transfers ring.

    A transfer with `people` rings those of a group who are on duty. A telephone number is dialled over a trunk, so it
    must be an ordinary one of a trunk's country or of one that is allowed.
    """
    body = call.body.model_dump()
    stored = call.service(PersonDesk).create(body.pop("name"), body, actor=call.actor)
    return _answer(call, stored, 201, Location=f"/people/{stored.person.name}")


@routes(
    "GET",
    "/people",
    scope="read or people",
    query=schema.PeopleQuery,
    answers=(Answer(200, "People, by name", schema.PersonPageSchema),),
    problems=(422,),
)
def list_people(call: ApiCall) -> Response:
    """List people."""
    page = call.service(PersonStore).list(**call.query.model_dump())
    return json_answer(sorted_page_json(page, [_person_json(call, each) for each in page.items]))


@routes(
    "GET",
    "/people/<person>",
    scope="read or people",
    answers=(Answer(200, "The person", schema.PersonSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_person(call: ApiCall) -> Response:
    """Get a person, and whether they are on duty now."""
    return _answer(call, _required(call, call.service(PersonStore).find(_name(call))))


@routes(
    "PATCH",
    "/people/<person>",
    scope="write or people",
    body=Body(schema.PatchPerson),
    headers=IF_MATCH,
    answers=(Answer(200, "The person as they are now", schema.PersonSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def patch_person(call: ApiCall) -> Response:
    """Change a person, from the next transfer on: `{"duty": "off"}` takes them off duty."""
    body = call.body.model_dump(include=call.body.model_fields_set)
    return _answer(
        call, _required(call, call.service(PersonDesk).patch(_name(call), body, actor=call.actor, check=_check()))
    )


@routes(
    "DELETE",
    "/people/<person>",
    scope="write or people",
    headers=IF_MATCH,
    answers=(Answer(204, "The person is deleted"),),
    problems=(404, 412, 422),
)
def delete_person(call: ApiCall) -> Response:
    """Delete a person. Calls that ring them go on."""
    if not call.service(PersonDesk).delete(_name(call), actor=call.actor, check=_check()):
        raise PersonNotFound(call.path["person"])
    return Response(status=204)


def _check() -> Callable[[Person], None]:
    wanted = if_match()
    return lambda person: wanted.need(tag_of(person.to_json()))


def _answer(call: ApiCall, stored: StoredPerson, status: int = 200, **headers: str) -> Response:
    headers = {"ETag": quoted(tag_of(stored.person.to_json())), **headers}
    return json_answer(_person_json(call, stored), status, headers)


def _person_json(call: ApiCall, stored: StoredPerson) -> dict[str, Any]:
    return {
        "name": stored.person.name,
        **stored.person.to_json(),
        "on_duty": call.service(PersonDesk).is_on_duty(stored.person),
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["person"]
    if not NAME.fullmatch(name):
        raise PersonNotFound(name)
    return name


def _required(call: ApiCall, stored: StoredPerson | None) -> StoredPerson:
    if stored is None:
        raise PersonNotFound(call.path["person"])
    return stored
