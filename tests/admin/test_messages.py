"""The sentences of refusals: no pattern, pointer or backtick, and every limit with what is allowed and was given."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core.core_schema import ErrorType

from admin.endpoints import ENDPOINTS
from admin.http.messages import message_of
from admin.http.page_problems import where
from admin.http.problems import ApiError
from admin.http.routing import Endpoint, parse_model
from admin.http.views import fault_json
from admin.trunks.schema import CreateTrunk
from ivr.domain.problems import Problem

# What no person should have to read: a backtick, an anchored pattern, a character class, a quantifier, a pointer.
_UNREADABLE = re.compile(r"`|\^[\[(\\]|\)\$|\]\$|\[[^\]]*-[^\]]*\][{+*]|\{\d+,\d*\}|(?:^|\s)/[a-z]+(?:/|\b)")
_LONG = "x" * 30_000
# A value of every kind, each wrong somewhere.
WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**15,
    1.5,
    "",
    " ",
    "x\n",
    "x y",
    "ünknown",
    "-",
    _LONG,
    [],
    ["x\n"],
    [None],
    [-1],
    [{}],
    [{"uri": "x\n", "username": "\n", "password": "\n"}],
    ["x"] * 20_000,
    {},
    {"x": 1},
    {"outcome": "x\n", "node": "x\n", "path": ["x\n"]},
    "nan",
    "0000-01-01T00:00:00Z",
    "2026-13-45",
)


def models() -> Iterator[tuple[Endpoint, type[BaseModel]]]:
    for endpoint in ENDPOINTS:
        if endpoint.query is not None:
            yield endpoint, endpoint.query
        if endpoint.body is not None and endpoint.body.model is not None:
            yield endpoint, endpoint.body.model


def faults(model: type[BaseModel], value: Any) -> list[Problem]:
    try:
        parse_model(model, value, "body")
    except ApiError as error:
        return list(error.faults)
    return []


MODELS = [pytest.param(model, id=f"{endpoint.name}-{model.__name__}") for endpoint, model in models()]


@pytest.mark.parametrize("model", MODELS)
def test_no_refusal_of_a_body_or_query_speaks_in_patterns_or_pointers(model: type[BaseModel]) -> None:
    seen = list(itertools.chain.from_iterable(faults(model, value) for value in _wrong_values(model)))
    assert seen
    for each in seen:
        assert not _UNREADABLE.search(each.message), f"{each.pointer}: {each.message}"
        assert not each.message.startswith(("Input ", "Value error", "String ", "List ")), each.message
        assert len(each.message) < 700, f"{each.pointer}: {each.message}"


@pytest.mark.parametrize("field", CreateTrunk.model_fields)
def test_a_field_typed_on_the_command_line_is_refused_in_our_words(field: str) -> None:
    for typed in ("zwei", "", "1e400", "nan", "-1", "9" * 400, "1.5", "\ud800"):
        try:
            CreateTrunk.model_validate_strings({"name": "x", field: typed}, strict=False)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                said = message_of(each)
                assert not re.match(r"(Input|String|Value|List|Unable|Instance)\b", said), said


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_no_error_of_pydantic_is_said_in_its_own_words(kind: str) -> None:
    limits = dict.fromkeys(("ge", "le", "min_length", "max_length", "actual_length"), 3)
    context = {**limits, "expected": "'a' or 'b'"}
    said = message_of({"type": kind, "input": "x", "ctx": context, "msg": "pydantic's own"})
    assert said != "pydantic's own"


def _wrong_values(model: type[BaseModel]) -> Iterator[Any]:
    yield from WRONG
    yield {"no_such_field": 1}
    for name in model.model_fields:
        for value in WRONG:
            yield {name: value}


def test_every_pattern_of_a_model_has_its_sentence() -> None:
    unsaid = {
        f"{model.__name__} {each.pointer}"
        for _, model in models()
        for value in _wrong_values(model)
        for each in faults(model, value)
        if each.message == message_of({"type": "string_pattern_mismatch", "input": "x"})
    }
    assert not unsaid


@pytest.mark.parametrize("operation", [each.name for each in ENDPOINTS if each.path.count("<")])
def test_no_refusal_of_a_path_speaks_in_patterns_or_pointers(api: Any, operation: str) -> None:
    endpoint = next(each for each in ENDPOINTS if each.name == operation)
    for wrong in ("x", "-", "x%20y", "%0A", "%2Bx", "0", "9" * 30):
        path = re.sub(r"<(?:entry:)?[a-z_]+>", wrong, endpoint.path)
        answer = api(endpoint.method, path, {} if endpoint.body else None)
        if answer.status_code in (404, 422):
            for sentence in _sentences(answer.json):
                assert not _UNREADABLE.search(sentence), f"{path}: {sentence}"


def _sentences(problem: Mapping[str, Any]) -> list[str]:
    return [problem["detail"], *(each["message"] for each in problem["errors"])]


LIMITS = [
    ({"name": "x" * 101}, "at most 100 characters allowed; this has 101"),
    ({"name": "x", "scopes": []}, "at least 1 entry needed; this has 0"),
    ({"name": "x", "scopes": ["read"] * 7}, "at most 6 entries allowed; this has 7"),
    ({"name": "x", "scopes": ["fly"]}, "allowed here: read, write, dnc, calls, people or admin"),
    ({"name": 7}, "this must be text, not a number"),
    ({}, "this field is required"),
    ({"name": "x", "nmae": "y"}, "there is no such field here"),
]


@pytest.mark.parametrize(("body", "message"), LIMITS)
def test_a_limit_says_what_is_allowed_and_what_was_given(api: Any, body: Any, message: str) -> None:
    answer = api("POST", "/keys", body)
    assert answer.status_code == 422
    assert message in _sentences(answer.json)


QUERIES = [
    ("/ivr?limit=201", "at most 200 allowed; 201 was given"),
    ("/ivr?limit=0", "at least 1 needed; 0 was given"),
    ("/ivr?limit=many", "this must be a whole number"),
    ("/ivr?depth=2", "there is no such parameter here; known: limit, cursor, total, sort, search"),
    ("/ivr?cursor=x", "this cursor belongs to no page of this list; leave it out to begin with the first page"),
    ("/calls?did=555", "555 has 3 digits; a US number has 10"),
    ("/webhooks?secret=x", "there is no such parameter here; known: limit, cursor"),
]


@pytest.mark.parametrize(("path", "message"), QUERIES)
def test_a_query_is_refused_in_words(api: Any, path: str, message: str) -> None:
    answer = api("GET", path)
    assert answer.status_code == 422
    assert message in _sentences(answer.json)


@pytest.mark.parametrize("path", ["/dnc?list=x", "/dnc/check?list=x", "/dnc/+14805551234/release?list=x"])
def test_a_field_of_the_body_in_the_address_is_told_its_place(api: Any, path: str) -> None:
    answer = api("POST", path, {"number": "+14805551234"})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/query/list")
    said = 'list belongs into the JSON body of this request, not into its address: {"list": ...}'
    assert said in _sentences(answer.json)


OF_THE_FRAMEWORK = [
    ("PUT", "/dnc", {}, 405, "PUT is not allowed here; allowed: GET, HEAD, OPTIONS, POST"),
    ("GET", "/no/such/path", {}, 404, "there is nothing at this path; GET /openapi.json lists all paths"),
    ("POST", "/keys", {"data": "<x/>", "content_type": "text/xml"}, 415, "send JSON with Content-Type"),
    (
        *("POST", "/keys", {"data": {"name": "x"}, "content_type": "application/x-www-form-urlencoded"}, 400),
        "the body is not JSON but looks like a form; send JSON with Content-Type: application/json",
    ),
    ("POST", "/keys", {"data": '{"name": }'}, 400, "this is not JSON: a value is missing at line 1, column 10"),
    ("POST", "/keys", {"data": "{'name': 1}"}, 400, "a name in double quotes is missing at line 1, column 2"),
    ("POST", "/keys", {"data": '{"name": "x}'}, 400, "the closing quote is missing"),
    ("POST", "/keys", {"data": '{"name": "x"} x'}, 400, "there is more after the end"),
    ("POST", "/keys", {"data": '{"name" "x"}'}, 400, "a colon is missing"),
    ("POST", "/keys", {"data": '{"name": "x" "y"}'}, 400, "a comma is missing"),
    ("POST", "/keys", {"data": '{"name": "\\q"}'}, 400, "an unknown escape"),
    ("POST", "/keys", {"data": '{"name": "\\u12"}'}, 400, "an escape without four hex digits"),
    ("POST", "/keys", {"data": '{"name": "\n"}'}, 400, "a control character that is not escaped"),
    ("POST", "/keys", {"data": '{"name": NaN}'}, 400, "JSON has no NaN"),
    ("POST", "/keys", {"data": '{"name": 1, "name": 2}'}, 400, 'the name "name" appears twice in one object'),
]


@pytest.mark.parametrize(("method", "path", "sent", "status", "sentence"), OF_THE_FRAMEWORK)
def test_what_the_framework_refuses_is_said_in_our_words(
    api: Any, method: str, path: str, sent: dict[str, Any], status: int, sentence: str
) -> None:
    answer = api(method, path, **sent)
    assert answer.status_code == status
    assert sentence in answer.json["detail"]


def test_the_detail_of_a_single_fault_is_its_sentence_and_of_several_their_number(api: Any) -> None:
    assert api("POST", "/keys", {"name": 7}).json["detail"] == "this must be text, not a number"
    assert api("POST", "/keys", {"name": 7, "scopes": []}).json["detail"] == "2 faults, see errors"
    menu = {"name": "x", "nodes": {"a": {"action": "hangup", "audio": 7}}}
    (only,) = api("POST", "/ivr", menu).json["errors"]
    assert api("POST", "/ivr", menu).json["detail"] == only["message"]


PLACES = [
    ("/name", "name"),
    ("/targets/0/uri", "targets › 1 › uri"),
    ("/nodes/welcome/gather/1", "nodes › welcome › gather › 1"),
    ("/nodes/a~1b", "nodes › a/b"),
]


@pytest.mark.parametrize(("pointer", "shown"), PLACES)
def test_a_page_names_the_place_of_a_fault_without_a_pointer(pointer: str, shown: str) -> None:
    assert where(pointer) == shown


def test_a_fault_can_be_sent_whatever_a_client_wrote() -> None:
    assert fault_json(Problem("/\ud800", "x", "\ud800", "\ud800"))["pointer"] == "/?"
