"""Every error answer of the API: an RFC 9457 problem document, made in this one place.

An error is a class with a stable `code`, below `IvrError` or `TtsError`; RULES maps each code to an HTTP answer. A
class without a rule of its own has the rule of the class above it; an error without any is a 500. `errors` has one
entry per fault, each with a JSON pointer into the body (`/nodes/welcome/gather/x`) or the request (`/query/limit`,
`/path/did`). The sentences are for people: they have no pointers, patterns or backticks.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from admin.http.messages import counted
from admin.http.views import encodable, fault_json
from ivr.domain.errors import IvrError, StorageFull, StorageUnavailable
from ivr.domain.problems import Problem
from ivr.storage.disk.room import is_no_room
from tts.client.errors import TtsError

log = logging.getLogger("admin")

_DISK_FULL = "digitree_disk_full"
_READING = ("GET", "HEAD", "OPTIONS")
MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 1000
RETRY_AFTER_S = 2

_KEPT_HEADERS = ("Allow", "Content-Range", "Retry-After")
_SLUGS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_DETAILS = {
    400: "this request cannot be read",
    404: "there is nothing at this path; GET /openapi.json lists all paths",
    413: "this request is too large",
    416: "this range lies outside the file; the header Content-Range of this answer has its size",
}


class ApiError(Exception):
    """A refusal with its HTTP status; `faults` become `errors` of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *faults: Problem,
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = dict(headers or {})
        self.extra = extra


def invalid(*faults: Problem, code: str = "invalid_request", detail: str | None = None, **extra: Any) -> ApiError:
    """422: well-formed, but with faults. The detail is the sentence of a single fault, or the number of faults."""
    return ApiError(422, code, detail or _summary(faults), *faults, **extra)


def fault(pointer: str, code: str, message: str, **extra: Any) -> ApiError:
    """422 with a single fault."""
    return invalid(Problem(pointer, code, message), code=code, detail=message, **extra)


def not_found(what: str, code: str = "not_found") -> ApiError:
    return ApiError(404, code, what)


def unavailable(code: str, detail: str, retry_after_s: float = RETRY_AFTER_S) -> ApiError:
    """503: the same request may work in a moment."""
    return ApiError(503, code, detail, headers={"Retry-After": str(max(1, round(retry_after_s)))})


def type_of(code: str) -> str:
    """What a problem of this code is, as an address of this server: its row in docs/errors.md."""
    return f"/help/errors#{code}"


def problem_response(error: ApiError) -> Response:
    """The answer of this refusal; lone surrogates that a client sent become `?`."""
    document: dict[str, Any] = {
        "type": type_of(error.code),
        "title": _title(error.status),
        "status": error.status,
        "detail": encodable(error.detail),
        "code": error.code,
        "errors": [fault_json(each) for each in error.faults[:MAX_ERRORS]],
        **error.extra,
    }
    response = Response(json.dumps(document), error.status, content_type=MEDIA_TYPE)
    response.headers.update(error.headers)
    return response


@dataclass(frozen=True, slots=True)
class Rule:
    """The answer to an error. With a `pointer` its sentence is also the only entry of `errors`; without one the
    entries are the error's `problems`, if it has any. `members` are further members of the document, each with the
    attribute of the error that holds its value. `sentence` replaces the error's own, `hint` follows it; `counts`: the
    detail sums up the problems."""

    status: int
    pointer: str | None = None
    sentence: str | None = None
    hint: str = ""
    counts: bool = False
    members: Mapping[str, str] = field(default_factory=dict)
    headers: Callable[[Any], Mapping[str, str]] = lambda _: {}


def _retry(seconds: float = RETRY_AFTER_S) -> Callable[[Any], Mapping[str, str]]:
    return lambda error: {"Retry-After": str(max(1, round(getattr(error, "retry_after_s", seconds))))}


def _tag(error: Any) -> dict[str, str]:
    """The ETag of what is there now, if something is."""
    return {"ETag": f'"{error.current}"'} if error.current else {}


_NO_ROOM = "the disk is full; nothing was changed. Make room on it, then send this again"
_NOT_FOUND = Rule(404)
_AWAY = Rule(503, headers=_retry())

# From the code of an error's class to its HTTP answer.
RULES: dict[str, Rule] = {
    # menus
    "invalid_tree": Rule(422, counts=True),
    "warnings": Rule(422),
    "language_not_spoken": Rule(422, "/language"),
    "tree_not_found": _NOT_FOUND,
    "version_not_found": _NOT_FOUND,
    "draft_not_found": _NOT_FOUND,
    "draft_replaced": Rule(412, headers=lambda error: _tag(error)),
    "draft_names_missing": Rule(422),
    "bin_entry_not_found": _NOT_FOUND,
    "text_not_spoken": Rule(422),
    "invalid_bundle": Rule(422, counts=True),
    "import_not_readable": Rule(422, ""),
    "import_not_found": _NOT_FOUND,
    "menu_too_large": Rule(409),
    "not_exportable": Rule(409),
    "version_replaced": Rule(412, headers=lambda error: _tag(error)),
    "dids_bound": Rule(409, hint="; take the numbers away first, or send ?force=true", members={"dids": "dids"}),
    "did_taken": Rule(409, "/did", hint="; send replace: true to take it", members={"ivr_id": "ivr_id"}),
    "cache_unavailable": _AWAY,
    "saved_not_live": _AWAY,
    # prompts and speech
    "node_not_found": Rule(422, "/node"),
    "place_not_found": Rule(422, "/at"),
    "nothing_to_speak": Rule(422, "/text"),
    "audio_name_has_variables": Rule(422, "/node"),
    "prompt_not_found": _NOT_FOUND,
    "too_many_prompts": Rule(422, ""),
    "invalid_voice": Rule(422, ""),
    "added_voice_not_found": _NOT_FOUND,
    "voice_not_found": Rule(422, "/voice", members={"voices": "available"}),
    "bad_text": Rule(422, "/text"),
    "bad_audio": Rule(422, ""),
    "rate_not_supported": Rule(422, "/rate"),
    "tts_unavailable": _AWAY,
    "speech_engine_failed": _AWAY,
    "synthesis_failed": _AWAY,
    # hours
    "invalid_hours": Rule(422, counts=True),
    # the firm
    "bad_logo": Rule(422, ""),
    # services
    "invalid_service": Rule(422, counts=True),
    "too_many_services": Rule(422, ""),
    # alerts and mailed reports
    "invalid_recipients": Rule(422, counts=True),
    "too_many_mailed_reports": Rule(422, ""),
    # channels
    "invalid_channel": Rule(422, counts=True),
    "too_many_channels": Rule(422, ""),
    # names that something of the same kind has
    **dict.fromkeys(
        (
            *("agent_taken", "channel_taken", "hours_taken", "number_list_taken"),
            *("service_taken", "trunk_taken", "user_taken", "voice_taken"),
        ),
        Rule(409, "/name"),
    ),
    "list_taken": Rule(409, "/id"),
    "last_owner": Rule(409),
    "mail_taken": Rule(409, "/mail"),
    # people
    "person_not_found": _NOT_FOUND,
    "invalid_person": Rule(422, counts=True),
    "too_many_people": Rule(422, ""),
    # agents that are rung for a test
    "agent_ring_not_found": _NOT_FOUND,
    "agent_being_rung": Rule(409),
    # trunks
    "invalid_trunk": Rule(422, counts=True),
    "too_many_trunks": Rule(422, ""),
    # telephones
    "telephone_not_found": _NOT_FOUND,
    "telephone_call_not_found": _NOT_FOUND,
    "too_many_telephones": Rule(422, ""),
    "telephone_not_verified": Rule(409, "/ring"),
    "no_code": Rule(409, "/code"),
    "destination_refused": Rule(422, ""),
    "no_way_out": Rule(422, "/trunk"),
    "wrong_code": Rule(422, "/code", members={"tries_left": "left"}),
    "ring_limit": Rule(429, headers=_retry()),
    # lines and call-backs
    "line_not_found": _NOT_FOUND,
    "callback_not_found": _NOT_FOUND,
    "callback_settled": Rule(409, ""),
    "callback_opted_out": Rule(409, ""),
    # calls that we make
    "outgoing_call_not_found": _NOT_FOUND,
    "outgoing_call_over": Rule(409),
    "number_listed": Rule(409, "/to"),
    "no_calling_hours": Rule(422, "/hours"),
    "menu_not_for_calls": Rule(422, "/ivr_id"),
    "too_many_outgoing_calls": Rule(429, headers=_retry(60)),
    # lists of numbers
    "number_list_not_found": _NOT_FOUND,
    "number_list_full": Rule(422, ""),
    # test calls and tests of menus
    "phone_unavailable": _AWAY,
    "phone_busy": _AWAY,
    "test_call_not_found": _NOT_FOUND,
    "test_call_over": Rule(409),
    "test_not_found": _NOT_FOUND,
    "too_many_tests": Rule(422, ""),
    "tests_failed": Rule(409, members={"results": "results"}),
    # calls under way
    "call_not_live": _NOT_FOUND,
    "not_on_this_switch": Rule(409),
    "unknown_node": Rule(422, "/node"),
    "not_at_a_question": Rule(409),
    "not_moved": Rule(409),
    "switch_unavailable": _AWAY,
    "too_many_streams": Rule(429, headers=_retry(5)),
    # lists, numbers, stores
    "too_many_lines": Rule(422, "/query/group"),
    "too_many_days": Rule(422, "/query/from"),
    "list_not_found": _NOT_FOUND,
    "invalid_number": Rule(422, ""),
    "unreadable_file": Rule(422, ""),
    "invalid_cursor": Rule(
        422, "/query/cursor", "this cursor belongs to no page of this list; leave it out to begin with the first page"
    ),
    "conflict": Rule(409),
    "storage_full": Rule(507, sentence=_NO_ROOM),
    "prompt_store_full": Rule(507, sentence=_NO_ROOM),
    "storage_unavailable": Rule(
        503, sentence="a store cannot be reached just now; nothing was changed", headers=_retry()
    ),
}


def from_domain(error: IvrError | TtsError) -> ApiError:
    """An error of the product as a refusal, by RULES."""
    rule = _find_rule(error)
    if rule is None:
        return _internal(error)
    problems = getattr(error, "problems", ())
    text = _summary(problems) if rule.counts else (rule.sentence or str(error)) + rule.hint
    faults = problems if rule.pointer is None else [Problem(rule.pointer, error.code, text)]
    members = {name: _plain(getattr(error, attribute)) for name, attribute in rule.members.items()}
    return ApiError(rule.status, error.code, text, *faults, headers=rule.headers(error), **members)


def _find_rule(error: IvrError | TtsError) -> Rule | None:
    """The rule of the error's class or of the nearest class above it. Classes count, not the error's own `code`,
    which may be narrower."""
    codes = (vars(kind).get("code") for kind in type(error).__mro__)
    return next((RULES[code] for code in codes if code in RULES), None)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def install(app: Flask, disk_full: Callable[[], bool] = lambda: False) -> None:
    """Make every error of `app` a problem document: the product's own, Flask's, and unforeseen ones. `disk_full`
    says whether that may be why a store is away."""
    app.extensions[_DISK_FULL] = disk_full
    for kind in (HTTPException, Exception):
        app.register_error_handler(kind, lambda error: problem_response(any_error(error)))


def any_error(error: Exception) -> ApiError:
    """Any exception as a refusal."""
    match error:
        case ApiError():
            return error
        case StorageUnavailable() if request.method not in _READING and current_app.extensions[_DISK_FULL]():
            return from_domain(StorageFull(str(error)))
        case IvrError() | TtsError():
            return from_domain(error)
        case TimeoutError():
            return _slow(error)
        case OSError() if is_no_room(error):
            log.error("no room on the disk for %s %r", request.method, request.path, exc_info=error)
            return from_domain(StorageFull(str(error)))
        case HTTPException():
            return _from_http(error)
        case _:
            return _internal(error)


def _from_http(error: HTTPException) -> ApiError:
    status = error.code or 500
    if error.response is not None and status < 400:  # a redirect raised by the router
        status = 404
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = allowed_methods(error)
    slug = _SLUGS.get(status, _title(status).lower().replace(" ", "_"))
    return ApiError(status, slug, _detail_of(error, status), headers=headers)


def _detail_of(error: HTTPException, status: int) -> str:
    """A sentence of our own for what Flask and Werkzeug refuse."""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        return f"{request.method} is not allowed here; allowed: {allowed_methods(error)}"
    if isinstance(error, RequestEntityTooLarge) and request.max_content_length:
        return f"at most {request.max_content_length:,} bytes are allowed here; this has more"
    return _DETAILS.get(status) or error.description or _title(status)


def allowed_methods(error: MethodNotAllowed) -> str:
    """The header Allow: the methods of the path, OPTIONS among them, which every path answers."""
    return ", ".join(sorted({*(error.valid_methods or ()), "OPTIONS"}))


def _slow(error: TimeoutError) -> ApiError:
    log.warning("too slow: %s %r", request.method, request.path, exc_info=error)
    return unavailable("too_slow", "this took too long; try again in a moment")


def _internal(error: Exception) -> ApiError:
    incident = uuid.uuid4().hex
    log.error("incident %s in %s %r", incident, request.method, request.path, exc_info=error)
    return ApiError(500, "internal", f"an internal error; the log describes it under incident {incident}")


def _summary(faults: Iterable[Problem]) -> str:
    found = list(faults)
    return found[0].message if len(found) == 1 else f"{counted(len(found), 'fault')}, see errors"


def _title(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
