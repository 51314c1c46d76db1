"""The site at /help: docs/ as pages, out of the archive that `make docs` writes (web/help/build.py).

It is open to everybody, as the API's documentation at /docs is: whoever cannot log in needs it most, and it tells
nothing about this installation. What has the hash of its content in its name is kept by browsers for good; the rest
is asked for again with its ETag.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from flask import Flask, Response, redirect, request

from admin.http.assets import FOR_GOOD, PACKED, TYPES

ARCHIVE = Path(__file__).parent / "site.zip"
ROOT = "/help"
# No script and no style of the site is inline, and nothing comes from elsewhere. The search runs in a worker, which
# has the policy of its own file.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HASHED = re.compile(r"\.[0-9a-f]{8,}(\.min)?\.(css|js)$")
_NOT_BUILT = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Help · Digitree</title></head>
<body><h1>The help is not there</h1>
<p>This installation has no built help. In the sources <code>make docs</code> builds it, and the texts are in
<code>docs/</code>. The API is described at <a href="/docs">/docs</a>.</p></body></html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes | None
    tag: str


class HelpSite:
    """The files of one archive, each read when it is first asked for."""

    def __init__(self, archive: Path = ARCHIVE) -> None:
        self._archive = archive
        self._files: dict[str, _File] = {}
        self._reading = threading.Lock()

    def front(self) -> Response:
        return self._go("")

    def serve(self, path: str = "") -> Response:
        """The file at this path, or the page of this folder."""
        name = path + "index.html" if path == "" or path.endswith("/") else path
        if (found := self._find(name)) is not None:
            return _answer(found, name, 200)
        if self._find(f"{path}/index.html") is not None:
            return self._go(f"{path}/")
        if (missing := self._find("404.html")) is not None:
            return _answer(missing, "404.html", 404)
        return _finish(Response(_NOT_BUILT, 404, content_type=TYPES[".html"]))

    def _go(self, path: str) -> Response:
        return _finish(redirect(f"{ROOT}/{path}", 301))  # type: ignore[arg-type]

    def _find(self, name: str) -> _File | None:
        with self._reading:
            if name not in self._files:
                try:
                    with zipfile.ZipFile(self._archive) as archive:
                        content = archive.read(name)
                except (KeyError, FileNotFoundError):
                    return None
                packed = gzip.compress(content, 9, mtime=0) if _suffix(name) in PACKED else None
                self._files[name] = _File(content, packed, hashlib.sha256(content).hexdigest()[:16])
            return self._files[name]


def install(app: Flask, site: HelpSite | None = None) -> None:
    """Serve the site below /help."""
    site = site or HelpSite()
    app.add_url_rule(ROOT, "help.front", site.front, provide_automatic_options=False)
    app.add_url_rule(f"{ROOT}/", "help.index", site.serve, provide_automatic_options=False)
    app.add_url_rule(f"{ROOT}/<path:path>", "help.page", site.serve, provide_automatic_options=False)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix


def _answer(file: _File, name: str, status: int) -> Response:
    response = Response(file.content, status, content_type=TYPES.get(_suffix(name), "application/octet-stream"))
    if file.packed is not None:
        response.headers["Vary"] = "Accept-Encoding"
        if request.accept_encodings["gzip"]:
            response.set_data(file.packed)
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOR_GOOD if _HASHED.search(name) else "no-cache"
    response.set_etag(file.tag, weak=True)
    if status == 200:
        response.make_conditional(request)
    return _finish(response)


def _finish(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    # An installation's pages are not for search engines.
    response.headers["X-Robots-Tag"] = "noindex"
    return response
