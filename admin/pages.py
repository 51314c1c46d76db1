"""The pages under /ui/: HTML made on the server, over the endpoints of the API.

To add a page, add a `page` module to the resource's folder and a template beside it; nothing else names them:

    # admin/calls/page.py
    from admin.http.language import t
    from admin.http.page import Page, Pages

    pages = Pages()

    @pages("GET", "/calls", scope="calls")          # served at /ui/calls; without the scope a 403 page
    def show_calls(page: Page) -> Response:
        found = page.api("list_calls", query={"limit": "50", "cursor": page.args.get("cursor")})
        return page.render("calls.html", found=found)

    @pages("POST", "/calls/<call_id>/hangup", scope="calls")
    def hang_up(page: Page) -> Response:
        try:
            page.api("hang_up_call", call_id=page.path["call_id"])
        except ApiError as error:
            return show_calls(page.refused(error))    # the same page again, with its problem and the typed fields
        return page.redirect("/calls", t("The call was ended."))

- `page.api(operation, query=, body=, **path)` runs an endpoint of the route table in this process; `operation` is its
  OpenAPI operationId. Scope, models and audit are the API's, so a page cannot do what the API cannot. It returns the
  JSON of the answer and raises ApiError. Each request is shown "as curl" at the foot of the page;
  `page.note(operation, ...)` adds one that a button would send.
- `page.service(Kind)` is for what has no endpoint; `page.can("write")` tells what to offer.
- `page.form` has the fields as typed, also after a refusal; `page.problem` is the refusal. The macros of
  `macros.html` show each fault at its field by its JSON pointer: `{{ m.text("number", "Number", page, at="/number")
  }}`.
- Templates extend `base.html` (blocks `title`, `main`), which imports `macros.html` as `m`: `page_head`, `pager`,
  `empty`, `text`, `area`, `select`, `checks`, `button_form`, `badge`, `word`, `when` (a time in the viewer's zone),
  `stat`, `tip` (a mark that explains). Filters: `phone`, `number`, `seconds`, `usd`, `day`, `percent`. Everything
  is escaped; `|safe` is never used.
- Each field of a form has a sentence beside it: its macro's `hint`, else that of `admin/http/field_help.py`, which
  `help_of(page, name)` gives to fields that a template writes itself. `admin/http/help_links.py` says which of them,
  which page, warning and cause lead to a section of the site at /help; `m.more` writes the link.
- A chart is a `Chart` of `admin/reports/charts.py`, shown by `charts.figure` of charts.html; its page loads uplot.js,
  charts.js and their styles. What a script fills has its height before: no page may move by more than 0.02
  (tests/web/shifts.py).
- Each text is in English in `_()`, or `tn()` where it counts, and translated in `admin/translations`
  (http/language.py). Texts hold no quotation mark but “ ”, since they stand in attributes, too.
- A stored value is shown by its word: `{{ m.word(words.OUTCOMES, call.outcome) }}` (admin/http/words.py).
- The content security policy refuses inline scripts and inline styles; a width is an SVG attribute or a class.
  Scripts are in `admin/static/NAME.js` and loaded in the block `scripts`: `<script src="{{ asset('NAME.js') }}"
  defer>`. Assets have the hash of their content in their name. Bundles are self-contained; they cannot import one
  another.
- A script calls the API with `digitree.api(method, path, body)` (app.js), which sends the session and the CSRF token
  in place of an API key. htmx is loaded everywhere: `hx-get` with `hx-select` replaces a part of a page.
- A POST form needs `{{ m.csrf(page) }}`; a POST without it is a 403.
- The navigation (http/navigation.py) names every page and its scope; an entry is shown once its route exists. The
  same holds for the tabs of a menu's page (`m.menu_head(page, menu, "edit")`).
- The tests are in tests/web (fixtures `browser_page`, `axe`). Paths below /ui are not part of the OpenAPI document.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from flask import Flask, Response, redirect, request
from jinja2 import ChoiceLoader, PackageLoader

import admin
from admin.dnc.service import DncService
from admin.http import language, words
from admin.http.assets import Assets
from admin.http.field_help import help_of
from admin.http.filters import FILTERS
from admin.http.help_links import HELP_OF
from admin.http.page import ROOT, Shell
from admin.http.routing import Endpoint
from admin.http.services import Services


def templates() -> ChoiceLoader:
    """The templates of all resources; their names are unique."""
    return ChoiceLoader([PackageLoader(f"admin.{name}") for name in _resources() if _has_templates(name)])


def _resources() -> list[str]:
    return sorted(found.name for found in pkgutil.iter_modules(admin.__path__) if found.ispkg)


def _has_templates(resource: str) -> bool:
    return (files(f"admin.{resource}") / "templates").is_dir()


def _page_modules() -> Iterator[Any]:
    for resource in _resources():
        package = importlib.import_module(f"admin.{resource}")
        for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
            if found.name.split("_")[-1] == "page" and resource != "http":
                yield importlib.import_module(f"admin.{resource}.{found.name}")


def install(app: Flask, services: Services, endpoints: list[Endpoint]) -> None:
    """Mount every page of every resource, the assets, and `/`, which redirects browsers to the pages."""
    assets = Assets()
    shell = Shell(services, endpoints, assets, services.get(DncService).region)
    language.install(app)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(asset=assets.url, words=words, help_of=help_of, **HELP_OF)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_loader = templates()
    for module in _page_modules():
        shell.mount(app, module.pages)
    app.add_url_rule(f"{ROOT}/static/<name>", "ui.static", assets.serve, provide_automatic_options=False)
    app.add_url_rule(f"{ROOT}/<path:rest>", "ui.missing", shell.missing, provide_automatic_options=False)
    # Not a route: Werkzeug would then redirect //x to /x.
    app.before_request(_lead_browsers)


def _lead_browsers() -> Response | None:
    """Redirect `/` to the pages for a browser, which accepts text/html; other clients get a 404."""
    if request.path == "/" and request.method == "GET" and "text/html" in request.accept_mimetypes.values():
        return redirect(f"{ROOT}/")  # type: ignore[return-value]
    return None
