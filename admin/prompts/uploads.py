"""Receiving a recording: it is complete before the speech process sees it, so that a slow client does not occupy
it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import MultiPartParser

from admin.http.body import copy_body, too_large
from admin.http.problems import ApiError, fault

MULTIPART = "multipart/form-data"
# What a form may add to the file in it.
_FORM_BYTES = 64 * 1024
_IN_MEMORY_BYTES = 512 * 1024


@contextmanager
def spooled_upload(max_bytes: int) -> Iterator[BinaryIO]:
    """The recording of the current request, raw or as the only file of a form."""
    form = request.mimetype == MULTIPART
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        size = copy_body(spool, max_bytes + (_FORM_BYTES if form else 0))
        spool.seek(0)
        recording = _only_file(spool, size) if form else cast(BinaryIO, spool)
        size = recording.seek(0, 2)
        recording.seek(0)
        if size == 0:
            raise fault("", "audio_empty", "the recording is empty")
        if size > max_bytes:
            raise too_large(max_bytes, size)
        yield recording


def _only_file(body: IO[bytes], size: int) -> BinaryIO:
    boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
    try:
        parser = MultiPartParser(max_form_memory_size=_FORM_BYTES, max_form_parts=10)
        _, files = parser.parse(body, boundary, size)
    except HTTPException:
        raise
    except ValueError:
        raise ApiError(400, "broken_form", "the body is not the multipart form its headers announce") from None
    found = [file for _, file in files.items(multi=True)]
    if len(found) != 1:
        raise fault("", "one_file_expected", f"the form has {len(found)} files; send exactly one")
    return cast(BinaryIO, found[0].stream)
