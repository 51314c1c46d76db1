"""Answers compressed with gzip for clients that accept it.

Only what is text, and large enough to gain by it. Pages below /ui are left as they are: each holds the session's CSRF
token beside text that others may choose, and the length of a compressed page would betray the token letter by letter
(BREACH). The API's answers hold no such token, and those that show a secret once are asked for with a header that no
other site can send. The ETag stays as it is, since it is the version that If-Match names.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from flask import Response, request

LEAST_BYTES = 1024
_LEVEL = 5
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS
_TYPES = frozenset({"application/json", "application/problem+json", "text/csv", "text/html", "text/plain"})
_LEFT_ALONE = "/ui"


def compress(response: Response) -> Response:
    """The response, compressed if that is worth it; streams stay streams."""
    if response.mimetype not in _TYPES or request.path.startswith(_LEFT_ALONE) or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    known = None if response.is_streamed else response.calculate_content_length()
    if not request.accept_encodings["gzip"] or (known is not None and known < LEAST_BYTES):
        return response
    if "Content-Encoding" in response.headers or response.status_code in (204, 206, 304):
        return response
    response.headers["Content-Encoding"] = "gzip"
    if known is None:
        response.headers.pop("Content-Length", None)
        response.response = _compressed(response.iter_encoded())
    else:
        response.set_data(b"".join(_compressed([response.get_data()])))
    return response


def _compressed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WITH_GZIP_HEADER)
    for chunk in chunks:
        if packed := packer.compress(chunk):
            yield packed
    yield packer.flush()
