"""The OpenAPI 3.1 document, made from the route table and the models that check requests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from admin.http.answers import ProblemSchema, component_name
from admin.http.idempotency import HEADER as IDEMPOTENCY_KEY
from admin.http.problems import MEDIA_TYPE
from admin.http.routing import Answer, Body, Endpoint
from ivr.domain.roles import OR

_REF = "#/components/schemas/{model}"
_PATH_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")
_DESCRIPTION = (
    "Keypress menus in front of agents: define a menu, speak its prompts, assign it to a number, take calls. "
    "Errors are problem documents (RFC 9457) with one entry per fault. Times are UTC, numbers E.164. "
    "Lists are pages: pass `next_cursor` back as `cursor`."
)

_ONCE = "the same key with the same request within a day gets the first answer again, and nothing is done twice"
_REPLAYED = {"Idempotency-Replayed": "true: this is the first answer to the same Idempotency-Key, given again"}

# Longer than a request may be.
_ANY_PROBLEMS = (414, 431)


class ApiDocument:
    """The document as JSON text, built at first use."""

    def __init__(self, build: Callable[[], Mapping[str, Any]]) -> None:
        self._build = build

    @cached_property
    def text(self) -> str:
        return json.dumps(self._build(), ensure_ascii=False)


class _JsonSchema(GenerateJsonSchema):
    def normalize_name(self, name: str) -> str:
        return component_name(super().normalize_name(name))

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Without `default: null`: it says no more than that the field may be left out, and generators that take a
        default for a promise would make the field one that must be sent."""
        described = super().default_schema(schema)
        if described.get("default", ...) is None:
            del described["default"]
        return described


def build_document(
    endpoints: Iterable[Endpoint],
    version: str,
    schemas: Mapping[str, Mapping[str, Any]],
    messages: Mapping[str, type[BaseModel]],
) -> dict[str, Any]:
    """The document of all endpoints and webhooks. `schemas`: components that no model describes; `messages`: the data
    of each webhook event."""
    endpoints = list(endpoints)
    used: set[type[BaseModel]] = {ProblemSchema, *_models(endpoints), *messages.values()}
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in sorted(used, key=str)]
    _, schema = models_json_schema(wanted, ref_template=_REF, schema_generator=_JsonSchema)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = _PATH_PARAMETER.sub(r"{\1}", endpoint.path)
        paths.setdefault(path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Digitree", "version": version, "description": _DESCRIPTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "webhooks": {event: {"post": _message(event, model)} for event, model in messages.items()},
        "components": {
            "schemas": {
                name: {**_say_defaults(each), "title": name}
                for name, each in {**schemas, **schema.get("$defs", {})}.items()
            },
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _say_defaults(schema: Any) -> Any:
    """The schema with the defaults of its properties in their descriptions: generators of clients take a property
    with a default for one that is always there, which a body and a stored node need not have."""
    if isinstance(schema, list):
        return [_say_defaults(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    said = {name: _say_defaults(each) for name, each in schema.items()}
    if isinstance(said.get("properties"), dict):
        said["properties"] = {name: _say_default(each) for name, each in said["properties"].items()}
    return said


def _say_default(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if schema.get("default") is None:
        return schema
    text = f"default: {json.dumps(schema['default'])}"
    rest = {name: each for name, each in schema.items() if name != "default"}
    return {**rest, "description": f"{rest['description']}; {text}" if "description" in rest else text}


def _message(event: str, model: type[BaseModel]) -> dict[str, Any]:
    timestamp = {"type": "string", "format": "date-time"}
    schema = {
        "type": "object",
        "properties": {"type": {"const": event}, "timestamp": timestamp, "data": _schema(model)},
        "required": ["type", "timestamp", "data"],
    }
    return {
        "summary": f"Receive {event}",
        "tags": ["webhooks"],
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "The message is accepted"}},
    }


def _models(endpoints: list[Endpoint]) -> Iterable[type[BaseModel]]:
    for endpoint in endpoints:
        if endpoint.body and endpoint.body.model:
            yield endpoint.body.model
        for answer in endpoint.answers:
            if isinstance(answer.schema, type):
                yield answer.schema


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_header_parameters(endpoint)],
        "responses": _answers(endpoint),
    }
    if endpoint.description:
        operation["description"] = endpoint.description
    if endpoint.body:
        operation["requestBody"] = _body(endpoint.body)
    problems = {*endpoint.problems, *_ANY_PROBLEMS, *((409, 422) if endpoint.once else ())}
    if endpoint.scope:
        problems |= {401, 403, 429, 503}
        problems |= set() if endpoint.method == "GET" else {507}
        scope = endpoint.scope.replace(OR, "` or `")
        operation["description"] = f"{endpoint.description}\n\nScope: `{scope}`.".strip()
    else:
        operation["security"] = []
    for status in sorted(problems):
        operation["responses"].setdefault(
            str(status),
            {
                "description": HTTPStatus(status).phrase,
                "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
            },
        )
    return operation


def _path_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    for name in _PATH_PARAMETER.findall(endpoint.path):
        yield {"name": name, "in": "path", "required": True, "schema": endpoint.path_schemas[name]}


def _query_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    if endpoint.query is None:
        return
    schema = endpoint.query.model_json_schema(ref_template=_REF)
    for name, each in schema.get("properties", {}).items():
        description = each.pop("description", None)
        # A query string cannot carry null; an optional parameter is left out.
        options = [option for option in each.pop("anyOf", []) if option.get("type") != "null"]
        each = {**(options[0] if options else {}), **each}
        if "$ref" in each:
            each |= schema["$defs"][each.pop("$ref").rsplit("/", 1)[1]]
            each.pop("description", None)
        if each.get("default", ...) is None:
            del each["default"]
        each.pop("title", None)
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": each}
        if description:
            parameter["description"] = description
        yield parameter


def _header_parameters(endpoint: Endpoint) -> Iterable[dict[str, Any]]:
    once = {IDEMPOTENCY_KEY: _ONCE} if endpoint.once else {}
    for name, description in {**once, **endpoint.headers}.items():
        yield {
            "name": name,
            "in": "header",
            "required": False,
            "description": description,
            "schema": HEADER_SCHEMAS[name],
        }


HEADER_SCHEMAS: dict[str, dict[str, Any]] = {
    "Last-Event-ID": {"type": "string", "pattern": "^[0-9]{1,7}$"},
    "If-Match": {"type": "string", "pattern": r'^(\*|"[0-9a-f]{1,32}")$', "examples": ['"7"']},
    "If-None-Match": {"type": "string", "enum": ["*"]},
    "Idempotency-Key": {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
    # What is malformed is overlooked, as HTTP wants it.
    "Range": {"type": "string", "examples": ["bytes=0-65535"]},
    "If-Range": {"type": "string"},
}


def _answers(endpoint: Endpoint) -> dict[str, Any]:
    """By status; answers of one status differ in their media type."""
    documents: dict[str, Any] = {}
    for answer in endpoint.answers:
        document = _answer(replace(answer, headers={**answer.headers, **_REPLAYED}) if endpoint.once else answer)
        first = documents.setdefault(str(answer.status), document)
        first.get("content", {}).update(document.get("content", {}))
    return documents


def _answer(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        document["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in answer.headers.items()
        }
    if answer.links:
        document["links"] = {
            name: {"operationId": name, "parameters": dict(parameters)} for name, parameters in answer.links.items()
        }
    if answer.schema is not None:
        document["content"] = {answer.media: {"schema": _schema(answer.schema)}}
    return document


def _body(body: Body) -> dict[str, Any]:
    schemas = body.raw or {"application/json": _schema(body.model or body.schema or {})}
    return {"required": True, "content": {media: {"schema": schema} for media, schema in schemas.items()}}


def _schema(schema: Any) -> dict[str, Any]:
    return {"$ref": _REF.format(model=component_name(schema.__name__))} if isinstance(schema, type) else dict(schema)
