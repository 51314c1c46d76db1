"""/openapi.json and /docs: the API document and its page, with all parts served from here."""

from __future__ import annotations

from pathlib import Path

import flask_swagger_ui  # type: ignore[import-untyped]
from flask import Response, send_from_directory

from admin.http.openapi import ApiDocument
from admin.http.problems import not_found
from admin.http.routing import Answer, ApiCall, Routes, text_answer

_ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
_SERVED = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})

routes = Routes("docs", {"asset": {"type": "string", "enum": ["docs.js", *sorted(_SERVED)]}})

# Swagger UI writes style attributes and shows its icons from data: URLs; no script of the page is inline.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HTML = {"type": "string"}


@routes(
    "GET",
    "/openapi.json",
    scope=None,
    answers=(Answer(200, "OpenAPI 3.1", {"type": "object"}),),
    problems=(422,),
)
def openapi_json(call: ApiCall) -> Response:
    """Describe this API."""
    return text_answer(call.service(ApiDocument).text)


@routes("GET", "/docs", scope=None, answers=(Answer(200, "A page", _HTML, "text/html"),), problems=(422,))
def docs(_call: ApiCall) -> Response:
    """Browse this API."""
    response = Response(_PAGE, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _DOCS_POLICY
    return response


@routes(
    "GET",
    "/docs/<asset>",
    scope=None,
    answers=(Answer(200, "A script, a style or a picture", _HTML, "*/*"),),
    problems=(404, 422),
)
def docs_asset(call: ApiCall) -> Response:
    """Parts of the page."""
    name = call.path["asset"]
    if name == "docs.js":
        return Response(_SCRIPT, content_type="text/javascript; charset=utf-8")
    if name not in _SERVED:
        raise not_found("no such part")
    return send_from_directory(_ASSETS, name, max_age=3600)


_SCRIPT = """\
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
  });
};
"""


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Digitree API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
"""
