"""The route table: each endpoint declares once what it takes, needs and answers.

`mount` makes Flask views from the table, and `admin.http.openapi` the document from the same table, so that the two
cannot drift apart. A view gets an `ApiCall` whose key, scope, query and body have been checked.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_origin

from flask import Flask, Response, g, request
from pydantic import BaseModel, ValidationError
from werkzeug.routing import BaseConverter

from admin.http.auth import Auth
from admin.http.body import copy_body
from admin.http.idempotency import Once, received
from admin.http.json_body import parse_json
from admin.http.messages import code_of, message_of
from admin.http.preconditions import HEADER as IF_MATCH
from admin.http.preconditions import refuse_if_match
from admin.http.principal import Principal
from admin.http.problems import ApiError, invalid
from admin.http.services import Services
from admin.http.sessions import SAFE_METHODS
from admin.http.streams import MEDIA_TYPE as EVENT_STREAM
from ivr.domain.problems import Problem, pointer

MAX_JSON_BYTES = 256 * 1024
# `curl -d` announces JSON as a form unless it is told otherwise.
_FORM = "application/x-www-form-urlencoded"
JSON_TYPES = ("", "application/json", _FORM)

BAD_BODY = (400, 408, 413, 415, 422)
Model = TypeVar("Model", bound=BaseModel)
Service = TypeVar("Service")


@dataclass(frozen=True)
class Answer:
    """One successful answer. `schema` is a model, or a JSON schema where there is no model."""

    status: int
    description: str
    schema: type[BaseModel] | Mapping[str, Any] | None = None
    media: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    # operation -> its parameters, as expressions over this answer
    links: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """A request body. With a model it is parsed into that; with a schema the view gets plain JSON. With `raw`, media
    types and their schemas, the view reads the body itself, at most `max_bytes`."""

    model: type[BaseModel] | None = None
    schema: Mapping[str, Any] | None = None
    raw: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    max_bytes: int | None = None


@dataclass(frozen=True)
class Endpoint:
    """One method of one path. `scope` None: no key needed. `problems`: the error statuses besides 401, 403, 429.
    `operation`: its name in the OpenAPI document, where that is not the view's."""

    method: str
    path: str
    view: Callable[[ApiCall], Response]
    summary: str
    tag: str
    scope: str | None
    answers: tuple[Answer, ...]
    problems: tuple[int, ...] = ()
    query: type[BaseModel] | None = None
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    path_schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    description: str = ""
    operation: str = ""

    @property
    def streams(self) -> bool:
        """Whether its answer is a stream of events."""
        return any(each.media == EVENT_STREAM for each in self.answers)

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def operation_id(self) -> str:
        return self.operation or self.name

    @property
    def once(self) -> bool:
        """Whether it takes an Idempotency-Key: what else changes something may be repeated as it is."""
        return self.method == "POST" and self.scope is not None


@dataclass(slots=True)
class ApiCall:
    """One checked request as a view sees it. `principal` is None on open endpoints; `stands` tells a long-lived
    answer whether the principal still has the scope."""

    services: Services
    principal: Principal | None
    path: Mapping[str, str]
    query: Any
    body: Any

    stands: Callable[[], bool] = lambda: True

    def service(self, kind: type[Service]) -> Service:
        """The service or store of this class."""
        return self.services.get(kind)

    @property
    def actor(self) -> str:
        """The id of the key, for the audit log."""
        return self.principal.key_id if self.principal else "anonymous"


class EntryConverter(BaseConverter):
    """The number in /dnc/<number>, the test in /tests/<id>: any segment except the fixed paths beside them."""

    regex = r"(?!(?:check|import|run)(?:/|$))[^/]+"


class MenuConverter(BaseConverter):
    """The menu in /ivr/<ivr_id>: any segment except the fixed path beside it."""

    regex = r"(?!bundle(?:/|$))[^/]+"


class Routes:
    """Collects the endpoints of one file. `path_schemas`: the JSON schema of each part of their paths."""

    def __init__(self, tag: str, path_schemas: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.tag = tag
        self.path_schemas = dict(path_schemas or {})
        self.endpoints: list[Endpoint] = []

    def __call__(self, method: str, path: str, **parts: Any) -> Callable[[Callable[[ApiCall], Response]], Any]:
        def add(view: Callable[[ApiCall], Response]) -> Callable[[ApiCall], Response]:
            text = (view.__doc__ or "").strip().split("\n", 1)
            description = " ".join(text[1].split()) if len(text) > 1 else ""
            self.endpoints.append(
                Endpoint(
                    method,
                    path,
                    view,
                    summary=text[0].rstrip("."),
                    description=description,
                    tag=self.tag,
                    path_schemas=self.path_schemas,
                    **parts,
                )
            )
            return view

        return add


def mount(app: Flask, endpoints: list[Endpoint], services: Services) -> None:
    """Make Flask views of the table."""
    for endpoint in endpoints:
        app.add_url_rule(
            endpoint.path,
            endpoint.name,
            _view(endpoint, services),
            methods=[endpoint.method],
            provide_automatic_options=False,
        )


def _view(endpoint: Endpoint, services: Services) -> Callable[..., Response]:
    def view(**path: str) -> Response:
        auth = services.get(Auth)
        principal = auth.require(endpoint.scope) if endpoint.scope else None
        if request.method not in SAFE_METHODS and IF_MATCH not in endpoint.headers:
            refuse_if_match()
        query = parse_query(endpoint.query, endpoint.body.model if endpoint.body else None)
        body = read_body(endpoint.body) if endpoint.body else None
        stands = auth.standing(endpoint.scope) if endpoint.streams and endpoint.scope else lambda: True
        call = ApiCall(services, principal, path, query, body, stands)
        if not endpoint.once:
            return endpoint.view(call)
        with received(endpoint.body.max_bytes if endpoint.body else None):
            return services.get(Once).run(call.actor, lambda: endpoint.view(call))

    return view


def parse_query(model: type[Model] | None, body: type[BaseModel] | None = None) -> Model | None:
    """The query string as a model; a parameter that is unknown, or stands twice and is no list, is a fault. `body`:
    the body's model, whose fields are looked for here by mistake."""
    if not request.query_string:
        return parse_model(model, {}, "query") if model else None
    given = request.args
    known = {field.alias or name: field for name, field in model.model_fields.items()} if model else {}
    several = {name for name, field in known.items() if get_origin(field.annotation) is list}
    faults = [
        Problem(pointer("query", name), "repeated_parameter", "this parameter may be given only once")
        for name, values in given.lists()
        if len(values) > 1 and name not in several
    ]
    faults += [
        Problem(pointer("query", name), "unknown_parameter", _place_of(name, body) or _known_parameters(known))
        for name in given
        if name not in known
    ]
    if faults:
        raise invalid(*faults)
    values = {name: given.getlist(name) if name in several else given[name] for name in given}
    return parse_model(model, values, "query") if model else None


def _place_of(name: str, body: type[BaseModel] | None) -> str | None:
    if body is None or name not in body.model_fields:
        return None
    return f'{name} belongs into the JSON body of this request, not into its address: {{"{name}": ...}}'


def _known_parameters(known: Iterable[str]) -> str:
    names = ", ".join(known)
    return f"there is no such parameter here; known: {names}" if names else "this path takes no parameters"


def parse_model(model: type[Model], value: Any, *prefix: str) -> Model:
    """A pydantic model from plain JSON; raises ApiError 422 with the pointer of every fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(
            *(
                Problem(pointer(*prefix, *each["loc"]), code_of(each), message_of(each))
                for each in error.errors(include_url=False)
            )
        ) from None


def read_body(body: Body) -> Any:
    """The request's JSON, parsed strictly and into the model if there is one; None where the view reads the body."""
    if body.raw:
        return None
    if request.mimetype not in JSON_TYPES and not request.mimetype.endswith("+json"):
        raise ApiError(415, "unsupported_media_type", "send JSON with Content-Type: application/json")
    raw = io.BytesIO()
    copy_body(raw, MAX_JSON_BYTES)
    g.raw_body = raw.getvalue()
    value = _parse(g.raw_body)
    return parse_model(body.model, value) if body.model else value


def _parse(raw: bytes) -> Any:
    try:
        return parse_json(raw)
    except ApiError as error:
        if error.code == "broken_json" and request.mimetype == _FORM and raw.lstrip()[:1] not in (b"{", b"["):
            text = "the body is not JSON but looks like a form; send JSON with Content-Type: application/json"
            raise ApiError(error.status, error.code, text, Problem("", error.code, text)) from None
        raise


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer of plain values."""
    return text_answer(dump_json(value), status, headers)


def text_answer(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer that is already rendered."""
    response = Response(text, status, content_type="application/json")
    if headers:
        response.headers.update(headers)
    return response


def dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
