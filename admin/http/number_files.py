"""Bodies that are files of telephone numbers: text with any separator, or a workbook."""

from __future__ import annotations

from typing import Any

from flask import request

from admin.http.problems import ApiError

_TEXT: dict[str, Any] = {"type": "string"}
_BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
TYPES = {
    "text/csv": _TEXT,
    "text/plain": _TEXT,
    "text/tab-separated-values": _TEXT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES,
    # The only one of these that most generators of clients know. The content tells which kind of file it is.
    "application/octet-stream": _BYTES,
}
_OTHER_TYPE = (
    "send text with Content-Type: text/csv, or an Excel workbook (.xlsx) with its own type; save or export another "
    "file as one of them"
)


def need_type() -> None:
    """Raises ApiError 415 for a body of another type."""
    if request.mimetype not in TYPES:
        raise ApiError(415, "unsupported_media_type", _OTHER_TYPE)
