"""/services: other systems that menus ask by name while a call is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from admin.http.models import NamedQuery
from admin.http.outbound_urls import refuse_private
from admin.http.preconditions import ETAG, IF_MATCH, if_match, quoted, tag_of
from admin.http.problems import fault, not_found
from admin.http.routing import BAD_BODY, Answer, ApiCall, Body, Routes, json_answer
from admin.http.views import sorted_page_json, time_json
from admin.services import schema
from admin.services.service import ServiceDesk
from ivr.clients.outbound_http import OutboundError
from ivr.domain.service_definition import Service
from ivr.domain.services import SERVICE_NAME
from ivr.ports.services import ServiceStore, StoredService

routes = Routes("services", {"service": schema.SERVICE_NAME})

_SHOWN = 2000
_NEVER_ASKED = (
    "this address is link-local, where clouds keep their secrets, or belongs to no single host, and is never asked: "
    "give the address of the service"
)
_THIS_SERVICE = {
    operation: {"service": "$response.body#/name"} for operation in ("get_service", "delete_service")
}


@routes(
    "POST",
    "/services",
    scope="admin",
    body=Body(schema.CreateService),
    answers=(
        Answer(
            201,
            "The service; `secret` is shown this once",
            schema.ServiceSchema,
            headers={"Location": "the service", **ETAG},
            links=_THIS_SERVICE,
        ),
    ),
    problems=(*BAD_BODY, 409),
)
def create_service(call: ApiCall) -> Response:
    """Create a service.

    Menus ask it by its name. It is sent JSON with `call_id`, `service` and the variables that the menu sends, signed
    according to Standard Webhooks, and answers with JSON of at most 64 kB within `timeout_s`. Redirects are not
    followed. Headers and the secret are stored encrypted and never shown.
    """
    body = call.body.model_dump()
    _refuse_address(call, body["url"], allowed=body["allow_private"])
    stored, secret = call.service(ServiceDesk).create(body.pop("name"), body, actor=call.actor)
    return _answer(stored, secret, 201, Location=f"/services/{stored.service.name}")


@routes(
    "GET",
    "/services",
    scope="read",
    query=NamedQuery,
    answers=(Answer(200, "Services, by name", schema.ServicePageSchema),),
    problems=(422,),
)
def list_services(call: ApiCall) -> Response:
    """List services."""
    page = call.service(ServiceStore).list(**call.query.model_dump())
    return json_answer(sorted_page_json(page, map(_service_json, page.items)))


@routes(
    "GET",
    "/services/<service>",
    scope="read",
    answers=(Answer(200, "The service", schema.ServiceSchema, headers=ETAG),),
    problems=(404, 422),
)
def get_service(call: ApiCall) -> Response:
    """Get a service."""
    return _answer(_required(call.service(ServiceStore).find(_name(call))))


@routes(
    "PATCH",
    "/services/<service>",
    scope="admin",
    body=Body(schema.PatchService),
    headers=IF_MATCH,
    answers=(Answer(200, "The service as it is now", schema.ServiceSchema, headers=ETAG),),
    problems=(*BAD_BODY, 404, 412),
)
def patch_service(call: ApiCall) -> Response:
    """Change a service, for all calls within a second.

    Absent fields stay; `headers` are replaced as a whole.
    """
    body = call.body.model_dump(include=call.body.model_fields_set)
    desk, name = call.service(ServiceDesk), _name(call)
    known = _required(call.service(ServiceStore).find(name)).service
    allowed = body.get("allow_private", known.allow_private)
    _refuse_address(call, body.get("url", known.url), allowed=allowed)
    return _answer(_required(desk.patch(name, body, actor=call.actor, check=_check())))


@routes(
    "DELETE",
    "/services/<service>",
    scope="admin",
    query=schema.DeleteServiceQuery,
    headers=IF_MATCH,
    answers=(Answer(204, "The service is deleted"),),
    problems=(404, 409, 412, 422),
)
def delete_service(call: ApiCall) -> Response:
    """Delete a service; with `force=true` even if menus name it."""
    desk, name = call.service(ServiceDesk), _name(call)
    if not desk.delete(name, force=call.query.force, actor=call.actor, check=_check()):
        raise _no_service()
    return Response(status=204)


@routes(
    "POST",
    "/services/<service>/rotate",
    scope="admin",
    headers=IF_MATCH,
    answers=(
        Answer(200, "The service with its new secret, shown this once", schema.ServiceSchema, headers=ETAG),
    ),
    problems=(404, 412, 422),
)
def rotate_service(call: ApiCall) -> Response:
    """Give a service a new secret, which signs from now on."""
    rotated = call.service(ServiceDesk).rotate(_name(call), actor=call.actor, check=_check())
    if rotated is None:
        raise _no_service()
    return _answer(*rotated)


@routes(
    "POST",
    "/services/<service>/try",
    scope="admin",
    body=Body(schema.TryService),
    answers=(Answer(200, "What came of it", schema.TriedSchema),),
    problems=(*BAD_BODY, 404),
)
def try_service(call: ApiCall) -> Response:
    """Ask a service once, as a call would, and see its answer."""
    asked = call.service(ServiceDesk).ask(_name(call), call.body.variables, actor=call.actor)
    if asked is None:
        raise _no_service()
    text = asked.text.decode("utf-8", "replace")
    answer = asked.answer
    return json_answer(
        {
            "ms": answer.ms,
            "status": answer.status,
            "failure": answer.failure,
            "body": text[:_SHOWN],
            "truncated": len(text) > _SHOWN,
        }
    )


def _refuse_address(call: ApiCall, url: str, *, allowed: bool) -> None:
    """Raises ApiError 422 for an address that no service may have, and for one inside a private network unless it may
    be there."""
    try:
        call.service(ServiceDesk).http.refuse_never_asked(url)
    except OutboundError as error:
        raise fault("/url", error.reason, _NEVER_ASKED) from None
    if not allowed:
        refuse_private(call.services, url, "/url", hint="give a public one, or set allow_private")


def _check() -> Callable[[Service], None]:
    wanted = if_match()
    return lambda service: wanted.need(tag_of(service.to_json()))


def _answer(stored: StoredService, secret: str | None = None, status: int = 200, **headers: str) -> Response:
    """The ETag changes with the secrets, too, which are not shown."""
    headers = {"ETag": quoted(tag_of(stored.service.to_json())), **headers}
    return json_answer(_service_json(stored, secret), status, headers)


def _service_json(stored: StoredService, secret: str | None = None) -> dict[str, Any]:
    return {
        "name": stored.service.name,
        **stored.service.public_json(),
        "secret": secret,
        "created_at": time_json(stored.created_at),
        "updated_at": time_json(stored.updated_at),
    }


def _name(call: ApiCall) -> str:
    name = call.path["service"]
    if not SERVICE_NAME.fullmatch(name):
        raise _no_service()
    return name


def _required(stored: StoredService | None) -> StoredService:
    if stored is None:
        raise _no_service()
    return stored


def _no_service() -> Exception:
    return not_found("there is no service of this name", "service_not_found")
