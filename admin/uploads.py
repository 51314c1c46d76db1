"""Taking in a recording: bounded in size and in time, on disk before anything else works on it.

A slow client must not hold the speech process, so the whole of it is here first.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from admin.problems import fault
from admin.routing import body_too_slow

MULTIPART = "multipart/form-data"
UPLOAD_TIMEOUT_S = 120.0
_IN_MEMORY_BYTES = 512 * 1024
_CHUNK_BYTES = 1 << 16


@contextmanager
def spooled_upload(max_bytes: int) -> Iterator[BinaryIO]:
    """The recording of the current request, raw or as the only file of a form."""
    if request.mimetype == MULTIPART:
        files = [file for _, each in request.files.lists() for file in each]
        if len(files) != 1:
            raise fault("", "one_file_expected", f"the form has {len(files)} files; send one")
        file = cast(BinaryIO, files[0].stream)
        _need_content(file.seek(0, 2), max_bytes)
        file.seek(0)
        yield file
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as spool:
        deadline = time.monotonic() + UPLOAD_TIMEOUT_S
        size = 0
        while chunk := _read_chunk(deadline):
            size += len(chunk)
            if size > max_bytes:
                raise RequestEntityTooLarge
            spool.write(chunk)
        _need_content(size, max_bytes)
        spool.seek(0)
        yield cast(BinaryIO, spool)


def _read_chunk(deadline: float) -> bytes:
    if time.monotonic() > deadline:
        raise body_too_slow()
    try:
        return request.stream.read(_CHUNK_BYTES)
    except OSError:
        raise body_too_slow() from None


def _need_content(size: int, max_bytes: int) -> None:
    if size == 0:
        raise fault("", "audio_empty", "the recording is empty")
    if size > max_bytes:
        raise RequestEntityTooLarge
