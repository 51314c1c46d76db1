"""Audio files as answers: whole, or the part that Range asks for (RFC 9110, 14.2)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from admin.http.problems import not_found
from admin.http.routing import Answer

RANGE = {
    "Range": "a part of it, such as bytes=0-65535",
    "If-Range": "the ETag that the part must belong to; of another or a weak one the whole file is sent",
}
WAV: dict[str, Any] = {"type": "string", "format": "binary"}

_TAG = {"ETag": "changes with the content", "Accept-Ranges": "bytes"}
_ONE_RANGE = re.compile(r"bytes=(?:([0-9]{1,18})-([0-9]{0,18})|-([0-9]{1,18}))", re.ASCII)


def audio_answers(description: str = "8 kHz mono 16-bit WAV") -> tuple[Answer, Answer]:
    """For the route table; 416 belongs to the problems."""
    part = {"Content-Range": "which part", **_TAG}
    return (
        Answer(200, description, WAV, "audio/wav", headers=_TAG),
        Answer(206, "The part asked for", WAV, "audio/wav", headers=part),
    )


def sound_answers(media: str, description: str, *more: str) -> tuple[Answer, ...]:
    """For sounds that are no files; `more`: other media types."""
    part = {"Content-Range": "which part", **_TAG}
    return tuple(
        Answer(status, text, WAV, each, headers=headers)
        for each in (media, *more)
        for status, text, headers in ((200, description, _TAG), (206, "The part asked for", part))
    )


def bytes_answer(content: bytes, media: str, cache: str) -> Response:
    """This content, or the part of it that is asked for. Raises ApiError 416 for a part behind its end."""
    response = Response(content, mimetype=media)
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    return _in_parts(response, len(content), cache)


def audio_answer(path: Path, cache: str, tag: str | None = None) -> Response:
    """The file, or the part of it that is asked for. `tag`: what names its content, else its size and time do;
    `cache`: the header Cache-Control. Raises ApiError 404 when it is gone, 416 for a part behind its end."""
    try:
        size = path.stat().st_size
        response = send_file(path, mimetype="audio/wav", etag=tag or True, max_age=0, conditional=False)
    except FileNotFoundError:
        raise not_found("the file is gone; speak or upload it again", "prompt_not_found") from None
    return _in_parts(response, size, cache)


def _in_parts(response: Response, size: int, cache: str) -> Response:
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = cache
    _settle_if_range(response)
    _settle_range(size)
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return response


def _settle_if_range(response: Response) -> None:
    """Take away a Range that belongs to another content. RFC 9110, 13.1.5: a tag must be the same and strong, a date
    the same as Last-Modified; Werkzeug also takes weak tags and later dates."""
    validator = request.environ.pop("HTTP_IF_RANGE", None)
    known = (response.headers["ETag"], response.headers.get("Last-Modified"))
    if validator is not None and validator.strip() not in known:
        request.environ.pop("HTTP_RANGE", None)


def _settle_range(size: int) -> None:
    """Take away a Range that is to be overlooked: of another method or unit, malformed, or of several parts, which no
    player asks for. The last bytes of a file that has fewer are the whole file."""
    header = request.environ.get("HTTP_RANGE")
    if header is None:
        return
    found = _ONE_RANGE.fullmatch(header.strip())
    if request.method != "GET" or found is None or (found[2] and int(found[2]) < int(found[1])):
        del request.environ["HTTP_RANGE"]
    elif found[3] and int(found[3]) > size:
        request.environ["HTTP_RANGE"] = "bytes=0-"
