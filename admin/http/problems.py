"""Every error answer of the API: an RFC 9457 problem document, made in this one place.

`code` is the stable slug of `ivr.domain.errors` or of the tables below; `errors` has one entry per fault, each
with a JSON pointer into the body (`/nodes/welcome/gather/x`) or the request (`/query/limit`, `/path/did`).
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from admin.http.watchers import TooManyWatchers
from admin.menus.service import CacheAway, SavedNotLive, WarningsRefused
from admin.prompts.service import NodeNotFound, PromptNotFound, TooManyPrompts
from admin.test_calls.service import TestsFailed
from ivr.clients.phone import PhoneBusy, PhoneCallNotFound, PhoneCallOver, PhoneUnavailable
from ivr.domain.errors import (
    DidsBound,
    DidTaken,
    InvalidCursor,
    InvalidMenu,
    InvalidNumber,
    IvrError,
    ListNotFound,
    MenuNotFound,
    StorageConflict,
    StorageUnavailable,
    VersionNotFound,
    VersionReplaced,
)
from ivr.domain.menu_tests import MenuTestNotFound, TooManyMenuTests
from ivr.domain.problems import Problem
from tts.client.errors import BadAudio, BadText, SynthesisFailed, TtsError, TtsUnavailable, VoiceNotFound

log = logging.getLogger("admin")

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 1000
RETRY_AFTER_S = 2

_KEPT_HEADERS = ("Allow", "Content-Range", "Retry-After")
_SLUGS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


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
    """422: understood, and wrong."""
    return ApiError(422, code, detail or _count(faults), *faults, **extra)


def fault(pointer: str, code: str, message: str, **extra: Any) -> ApiError:
    """422 with a single entry."""
    return invalid(Problem(pointer, code, message), code=code, detail=message, **extra)


def not_found(what: str, code: str = "not_found") -> ApiError:
    return ApiError(404, code, what)


def unavailable(code: str, detail: str, retry_after_s: float = RETRY_AFTER_S) -> ApiError:
    """503: the same request may work in a moment."""
    return ApiError(503, code, detail, headers={"Retry-After": str(max(1, round(retry_after_s)))})


def problem_response(error: ApiError) -> Response:
    """The answer; nothing of what a client sent can break it (lone surrogates become `?`)."""
    document: dict[str, Any] = {
        "type": f"urn:digitree:problem:{error.code}",
        "title": _title(error.status),
        "status": error.status,
        "detail": _clean(error.detail),
        "code": error.code,
        "errors": [fault_json(each) for each in error.faults[:MAX_ERRORS]],
        **error.extra,
    }
    response = Response(json.dumps(document), error.status, content_type=MEDIA_TYPE)
    response.headers.update(error.headers)
    return response


def fault_json(problem: Problem) -> dict[str, str | None]:
    """One fault or warning as it stands in answers."""
    return {
        "pointer": _clean(problem.pointer),
        "code": problem.code,
        "message": _clean(problem.message),
        "node": None if problem.node is None else _clean(problem.node),
    }


def from_domain(error: IvrError | TtsError) -> ApiError:
    """The one table from our own errors to HTTP."""
    match error:
        case InvalidMenu():
            return ApiError(422, error.code, _count(error.problems), *error.problems)
        case InvalidNumber():
            return fault("", error.code, str(error))
        case InvalidCursor():
            return fault("/query/cursor", error.code, "this cursor was not made by this API")
        case WarningsRefused():
            return ApiError(422, error.code, str(error), *error.warnings)
        case NodeNotFound():
            return fault("/node", error.code, str(error))
        case TooManyPrompts():
            return fault("", error.code, str(error))
        case TooManyMenuTests():
            return fault("", error.code, str(error))
        case TestsFailed():
            return ApiError(409, error.code, str(error), results=error.results)
        case PhoneUnavailable() | PhoneBusy():
            return unavailable(error.code, str(error))
        case TooManyWatchers():
            return ApiError(429, error.code, str(error), headers={"Retry-After": "5"})
        case PhoneCallOver():
            return ApiError(409, error.code, str(error))
        case PhoneCallNotFound() | MenuTestNotFound():
            return not_found(str(error), error.code)
        case MenuNotFound() | VersionNotFound() | PromptNotFound() | ListNotFound():
            return not_found(str(error), error.code)
        case VersionReplaced():
            return ApiError(412, error.code, str(error), headers={"ETag": f'"{error.current}"'})
        case DidTaken():
            text = f"{error}; send replace: true to take it"
            return ApiError(409, error.code, text, Problem("/did", error.code, text), ivr_id=error.ivr_id)
        case DidsBound():
            text = f"{error}; take the numbers away first, or send ?force=true"
            return ApiError(409, error.code, text, dids=error.dids)
        case CacheAway() | SavedNotLive():
            return unavailable(error.code, str(error))
        case StorageConflict():
            return ApiError(409, error.code, str(error))
        case StorageUnavailable():
            return unavailable(error.code, "a store cannot be reached just now; nothing was changed")
        case VoiceNotFound():
            return fault("/voice", error.code, error.message, voices=list(error.available))
        case BadText():
            return fault("/text", error.code, error.message)
        case BadAudio():
            return fault("", error.code, error.message)
        case TtsUnavailable():
            return unavailable(error.code, error.message, error.retry_after_s)
        case SynthesisFailed():
            return unavailable(error.code, error.message)
        case _:
            return _internal(error)


def install(app: Flask) -> None:
    """Make every error of `app`, ours, Flask's or unforeseen, a problem document."""
    for kind in (HTTPException, Exception):
        app.register_error_handler(kind, lambda error: problem_response(any_error(error)))


def any_error(error: Exception) -> ApiError:
    """Whatever was raised, as the refusal it is."""
    match error:
        case ApiError():
            return error
        case IvrError() | TtsError():
            return from_domain(error)
        case TimeoutError():
            return _slow(error)
        case HTTPException():
            return _from_http(error)
        case _:
            return _internal(error)


def _from_http(error: HTTPException) -> ApiError:
    status = error.code or 500
    if error.response is not None and status < 400:  # a redirect raised by the router
        status = 404
    headers = {name: value for name, value in error.get_headers() if name in _KEPT_HEADERS}
    detail = _title(status) if status == 404 else (error.description or _title(status))
    if isinstance(error, RequestEntityTooLarge):
        detail = "the body is larger than this request may be"
    return ApiError(status, _SLUGS.get(status, _title(status).lower().replace(" ", "_")), detail, headers=headers)


def _slow(error: TimeoutError) -> ApiError:
    log.warning("too slow: %s %r", request.method, request.path, exc_info=error)
    return unavailable("too_slow", "this took too long")


def _internal(error: Exception) -> ApiError:
    incident = uuid.uuid4().hex
    log.error("incident %s in %s %r", incident, request.method, request.path, exc_info=error)
    return ApiError(500, "internal", f"a fault of ours; the log has it as incident {incident}")


def _count(faults: Iterable[Problem]) -> str:
    number = len(list(faults))
    return "1 fault, see errors" if number == 1 else f"{number} faults, see errors"


def _title(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
