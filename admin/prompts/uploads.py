"""Receiving a recording. It is received completely before the speech process gets it, so that a slow client does not
occupy that process."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, cast

from flask import request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

from admin.http.body import copy_body
from admin.http.problems import ApiError, fault
from tts.client.limits import MAX_UPLOAD_BYTES, UPLOAD_TOO_LARGE
from tts.client.recording_formats import guessed_format

MULTIPART = "multipart/form-data"
# The size of a form beyond its file.
FORM_BYTES = 64 * 1024
_FORM_PARTS = 10
# Less than FORM_BYTES by more than a boundary: the parser counts what it keeps of one read together with the next.
_READ_BYTES = 16 * 1024
_IN_MEMORY_BYTES = 512 * 1024


@dataclass(frozen=True)
class Upload:
    """A recording as received. `raw_format`: the key of RAW_FORMATS that its name or type tells, else ""."""

    content: BinaryIO
    raw_format: str


@contextmanager
def spooled_upload() -> Iterator[Upload]:
    """The recording in the current request, as its body or as the only file of a form. Raises ApiError 400, 408, 413
    or 422."""
    form = request.mimetype == MULTIPART
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        try:
            size = copy_body(spool, MAX_UPLOAD_BYTES + (FORM_BYTES if form else 0))
        except ApiError as error:
            if error.status == 413:
                raise recording_too_large() from None
            raise
        spool.seek(0)
        upload = _only_file(spool, size) if form else _whole_body(cast(BinaryIO, spool))
        size = upload.content.seek(0, 2)
        upload.content.seek(0)
        if size == 0:
            raise fault("", "audio_empty", "the recording is empty")
        if size > MAX_UPLOAD_BYTES:
            raise recording_too_large()
        yield upload


def recording_too_large() -> ApiError:
    """413 that names the limit."""
    return ApiError(413, "too_large", UPLOAD_TOO_LARGE)


def _whole_body(body: BinaryIO) -> Upload:
    _, options = parse_options_header(request.headers.get("Content-Disposition"))
    return Upload(body, guessed_format(options.get("filename", ""), request.mimetype, request.mimetype_params))


def _only_file(body: IO[bytes], size: int) -> Upload:
    file = only_file(body, size)
    return Upload(
        cast(BinaryIO, file.stream), guessed_format(file.filename or "", file.mimetype, file.mimetype_params)
    )


def only_file(body: IO[bytes], size: int) -> FileStorage:
    """The one file of the form that this body of the current request is. Raises ApiError 400, 413 or 422."""
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    try:
        parser = MultiPartParser(
            max_form_memory_size=FORM_BYTES, max_form_parts=_FORM_PARTS, buffer_size=_READ_BYTES
        )
        _, files = parser.parse(body, boundary, size)
    except RequestEntityTooLarge:
        limit = f"the form may have {_FORM_PARTS} parts, and {FORM_BYTES:,} bytes beside its one file; this has more"
        raise ApiError(413, "too_large", limit) from None
    except HTTPException:
        raise
    except ValueError:
        raise ApiError(400, "broken_form", "the body is not the multipart form that its headers announce") from None
    found = [file for _, file in files.items(multi=True)]
    if len(found) != 1:
        raise fault("", "one_file_expected", f"the form must have exactly one file; this has {len(found)}")
    return found[0]
