"""Styles, scripts and pictures, named by a hash of their content, so that browsers may cache them for good."""

from __future__ import annotations

import gzip
import hashlib
from functools import cached_property
from pathlib import Path

from flask import Response, request

from admin.http.problems import not_found, problem_response

_DIRECTORY = Path(__file__).parent.parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".wav": "audio/wav",
    ".json": "application/json",
    ".wasm": "application/wasm",
}
PACKED = frozenset({".html", ".css", ".js", ".svg", ".json"})
FOR_GOOD = "public, max-age=31536000, immutable"


class Assets:
    """All files of admin/static, read at first use."""

    @cached_property
    def _files(self) -> dict[str, tuple[str, bytes, bytes | None]]:
        """Name as served -> type, content, and the compressed content where that is smaller."""
        found = {}
        for path in sorted(_DIRECTORY.iterdir()):
            if path.suffix in TYPES:
                content = path.read_bytes()
                packed = gzip.compress(content, 9, mtime=0) if path.suffix in PACKED else None
                found[_hashed(path.name, content)] = (TYPES[path.suffix], content, packed)
        return found

    @cached_property
    def _names(self) -> dict[str, str]:
        return {f"{stem}.{kind}": name for name in self._files for stem, _, kind in [name.rsplit(".", 2)]}

    def url(self, name: str) -> str:
        """The address of this file of admin/static; raises KeyError when there is none."""
        return f"/ui/static/{self._names[name]}"

    def serve(self, name: str) -> Response:
        if name not in self._files:
            return problem_response(not_found("no such file"))
        kind, content, packed = self._files[name]
        response = Response(content, content_type=kind)
        if packed is not None:
            response.headers["Vary"] = "Accept-Encoding"
            if request.accept_encodings["gzip"]:
                response.set_data(packed)
                response.headers["Content-Encoding"] = "gzip"
        response.headers["Cache-Control"] = FOR_GOOD
        return response


def _hashed(name: str, content: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}"
