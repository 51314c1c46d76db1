"""A page's request as its view sees it, and the steps around every view: log-in, scope, CSRF, errors, headers."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, g, redirect, render_template, request

from admin.http.assets import Assets
from admin.http.auth import Auth
from admin.http.flash import forget_flash, leave_flash, take_flash
from admin.http.kept_form import form_of_request
from admin.http.language import LANGUAGES, ZONE, current, script_texts, t
from admin.http.navigation import NAV, TABS, Entry
from admin.http.page_problems import label_of, said_of, sentence_of, where
from admin.http.principal import Principal
from admin.http.problems import ApiError, any_error, fault, not_found
from admin.http.routing import ApiCall, Endpoint, parse_model
from admin.http.services import Services
from admin.http.sessions import CSRF_HEADER, SAFE_METHODS, Sessions, check_csrf, check_origin, csrf_token
from admin.http.shown_firm import ShownFirm, logo_url, style_url
from admin.http.words import ROLES
from admin.http.zones import InstallationZone
from ivr.domain.errors import InvalidNumber, IvrError
from ivr.domain.numbers import read_number
from ivr.domain.problems import Problem
from ivr.domain.roles import roles_that
from ivr.domain.time_zones import UTC_NAME, find_zone, offset_text
from tts.client.errors import TtsError

_MENU_ID = re.compile(r"\bivr_[0-9a-z]{6,}\b")
ROOT = "/ui"
MAX_FORM_BYTES = 400 * 1024
MAX_CHOICES = 2000
# A parameter of the log-in page: the path of the form that is sent with it.
KEEP = "keep"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}

View = Callable[["Page"], Response]
Service = TypeVar("Service")


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    view: View
    scope: str | None
    open: bool


class Pages:
    """Collects the pages of one file. `scope` None: every user who is logged in; `open`: no log-in needed."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def __call__(
        self, method: str, path: str, *, scope: str | None = None, open: bool = False
    ) -> Callable[[View], View]:
        def add(view: View) -> View:
            self.routes.append(Route(method, path, view, scope, open))
            return view

        return add


@dataclass(frozen=True)
class Page:
    """One request for a page. `path`: the parts of the path; `args`: the query; `form`: the fields as typed (the last
    value of each); `problem`: why the request was refused; `blank`: the request's form belongs to another page."""

    shell: Shell
    principal: Principal | None
    path: Mapping[str, str]
    problem: ApiError | None = None
    curls: list[str] = field(default_factory=list)
    blank: bool = False

    def service(self, kind: type[Service]) -> Service:
        """The service or store of this class."""
        return self.shell.services.get(kind)

    @property
    def args(self) -> dict[str, str]:
        return request.args.to_dict()

    @property
    def form(self) -> dict[str, str]:
        return request.form.to_dict() if request.method == "POST" and not self.blank else {}

    @property
    def address(self) -> str:
        """The client's IP address."""
        return request.remote_addr or "?"

    def form_list(self, name: str) -> list[str]:
        """All values of a field, such as ticked boxes."""
        return request.form.getlist(name)

    def can(self, scope: str | None) -> bool:
        return self.principal is not None and (scope is None or self.principal.may(scope))

    @property
    def csrf(self) -> str:
        return csrf_token()

    @property
    def here(self) -> str:
        return request.path

    @property
    def address_here(self) -> str:
        """Where to come back to: this page with its parameters, or the first page where this answers a form."""
        return request.full_path.rstrip("?") if request.method == "GET" else f"{ROOT}/"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of every time and day on the page: as the viewer chose, else the installation's, else, while
        nobody has chosen one, the browser's."""
        own = find_zone(self.principal.zone or "") if self.principal else None
        return own or self.service(InstallationZone).chosen or self.browser_zone or ZoneInfo(UTC_NAME)

    @property
    def browser_zone(self) -> ZoneInfo | None:
        """The browser's time zone, which app.js sets as a cookie."""
        return find_zone(request.cookies.get("zone", ""))

    @property
    def zone_text(self) -> str:
        """`America/Chicago, UTC−6`; `UTC`"""
        names = self.zone.key, offset_text(self.zone, datetime.now(UTC))
        return ", ".join(dict.fromkeys(names))

    @property
    def developer(self) -> bool:
        """Whether technical names are shown: ids, JSON, curl, causes of the switch."""
        return self.principal is not None and self.principal.developer

    def number(self, typed: str, at: str) -> str:
        """A typed telephone number in E.164; raises ApiError for the field of this pointer."""
        try:
            return read_number(typed, self.shell.region)
        except InvalidNumber as error:
            raise fault(at, error.code, str(error)) from None

    def with_args(self, **changes: str | None) -> str:
        """The address of this page with these parameters changed; None removes one."""
        query = {**self.args, **changes}
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        return f"{request.path}?{urlencode(kept)}" if kept else request.path

    def refused(self, error: ApiError) -> Page:
        """The same page after a refusal."""
        return replace(self, problem=error)

    def faults(self, at: str | None) -> list[str]:
        """The faults of the field at this JSON pointer, and of everything below it."""
        if self.problem is None or at is None:
            return []
        return [
            self.sentence(each)
            for each in self.problem.faults
            if each.pointer == at or (at and each.pointer.startswith(at + "/"))
        ]

    @property
    def said(self) -> str:
        """What the page says of the refusal."""
        return self._with_names(said_of(self.problem)) if self.problem else ""

    def sentence(self, fault: Problem) -> str:
        """What the page says of one fault."""
        return self._with_names(sentence_of(fault.code, fault.message))

    def _with_names(self, text: str) -> str:
        """The text with the names of menus in place of their ids."""
        if not _MENU_ID.search(text):
            return text
        names = {menu["id"]: f"“{menu['name']}”" for menu in self.menus()}
        return _MENU_ID.sub(lambda found: names.get(found[0], found[0]), text)

    def label(self, fault: Problem) -> str:
        """Its field in words; its place in the document for those who want technical names."""
        return where(fault.pointer) if self.developer else label_of(fault)

    def api(
        self,
        operation: str,
        *,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        quiet: bool = False,
        **path: str,
    ) -> Any:
        """The JSON that this endpoint answers (None for an empty answer, text where it is not JSON). Raises ApiError.
        `quiet`: not shown "as curl"."""
        endpoint = self.shell.endpoints[operation]
        given = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        if not quiet:
            self.curls.append(curl(endpoint, path, given, body))
        if endpoint.scope is not None and not self.can(endpoint.scope):
            text = t(
                "this needs the scope “%(scope)s”, which you do not have; it comes with: %(roles)s",
                scope=endpoint.scope,
                roles=_roles_with(endpoint.scope),
            )
            raise _scope_missing(text)
        g.setdefault("raw_body", b"")
        try:
            wanted = parse_model(endpoint.query, given, "query") if endpoint.query else None
            if endpoint.body and endpoint.body.model:
                body = parse_model(endpoint.body.model, body)
            response = endpoint.view(ApiCall(self.shell.services, self.principal, path, wanted, body))
        except (IvrError, TtsError) as error:
            raise any_error(error) from None
        if response.status_code == 204:
            return None
        return response.json if response.is_json else response.get_data(as_text=True)

    def menus(self) -> list[dict[str, Any]]:
        """All menus as GET /ivr lists them, newest first, to choose from or to show their names; none without the
        scope `read`. Beyond MAX_CHOICES the oldest are left out: the search finds their pages."""
        found: list[dict[str, Any]] = []
        cursor = None
        while self.can("read") and len(found) < MAX_CHOICES:
            part = self.api("list_ivrs", query={"limit": "200", "cursor": cursor}, quiet=True)
            found += part["items"]
            cursor = part["next_cursor"]
            if cursor is None:
                break
        return found

    def note(self, operation: str, *, query: Mapping[str, str] | None = None, body: Any = None, **path: str) -> None:
        """Show this request "as curl", too: one that a button of the page sends, or whose result the page shows."""
        self.curls.append(curl(self.shell.endpoints[operation], path, query or {}, body))

    def render(self, template: str, *, status: int | None = None, **values: Any) -> Response:
        """The rendered page. After a refusal it has the status of the refusal."""
        if status is None:
            status = self.problem.status if self.problem else 200
        g.setdefault(ZONE, self.zone)
        firm = self.service(ShownFirm).get()
        text = render_template(
            template,
            page=self,
            problem=self.problem,
            nav=self.shell.nav_of(self),
            house=firm,
            house_logo=logo_url(firm),
            house_style=style_url(firm),
            flash=take_flash(),
            locale=current(),
            page_languages=LANGUAGES,
            script_texts=script_texts(current().language),
            **values,
        )
        # A lone surrogate, which JSON can express, becomes `?`.
        response = Response(text.encode("utf-8", "replace"), status, content_type="text/html; charset=utf-8")
        if self.problem:
            response.headers.update({k: v for k, v in self.problem.headers.items() if k == "Retry-After"})
        return response

    def redirect(self, path: str, flash: str = "", undo: str = "") -> Response:
        """A redirect to another page (a path below /ui), which shows the message `flash`, with a button that posts to
        the path `undo`."""
        response: Response = redirect(ROOT + path, 303)  # type: ignore[assignment]
        if flash:
            leave_flash(response, ROOT, flash, undo)
        return response

    def menu_tabs(self, ivr_id: str) -> list[tuple[str, str, str]]:
        """(name, label, address) of the tabs of a menu's page."""
        return [
            (name, t(label), f"{ROOT}/menus/{quote(ivr_id)}{tail}")
            for name, label, tail, scope in TABS
            if self.can(scope) and f"/menus/<ivr_id>{tail}" in self.shell.paths
        ]

    def has(self, path: str) -> bool:
        """Whether there is a page at this route, written as in the route table."""
        return path in self.shell.paths


class Shell:
    """What all pages share; one per app."""

    def __init__(self, services: Services, endpoints: list[Endpoint], assets: Assets, region: str) -> None:
        """`region`: the country of numbers typed without a country code, such as `US`."""
        self.services = services
        self.assets = assets
        self.region = region
        self.endpoints = {each.name: each for each in endpoints}
        self.paths: set[str] = set()

    def mount(self, app: Flask, pages: Pages) -> None:
        for route in pages.routes:
            self.paths.add(route.path)
            app.add_url_rule(
                ROOT + route.path,
                f"ui.{route.view.__module__}.{route.view.__name__}",
                self._view(route),
                methods=[route.method],
                provide_automatic_options=False,
            )

    def nav_of(self, page: Page) -> list[tuple[str, list[Entry]]]:
        """The groups with the entries that have a page and that this principal may see, in English."""
        groups: dict[str, list[Entry]] = {}
        for entry in NAV:
            if entry.path in self.paths and page.can(entry.scope):
                groups.setdefault(entry.group, []).append(entry)
        return list(groups.items())

    def missing(self, rest: str) -> Response:
        """The answer for a path below /ui that has no page."""
        principal = self.services.get(Sessions).of_request()
        page = Page(self, principal, {"rest": rest}, not_found(t("there is no such page")))
        return _finish(page.render("error.html"))

    def _view(self, route: Route) -> Callable[..., Response]:
        def view(**path: str) -> Response:
            page = Page(self, None, path)
            try:
                principal = self.services.get(Sessions).of_request()
                page = replace(page, principal=principal)
                g.setdefault(ZONE, page.zone)
                if request.method not in SAFE_METHODS:
                    request.max_content_length = MAX_FORM_BYTES
                    check_origin()
                if not route.open:
                    if principal is None:
                        return _to_login(page)
                    if request.method not in SAFE_METHODS:
                        try:
                            check_csrf(request.headers.get(CSRF_HEADER) or request.form.get("csrf", ""))
                        except ApiError:
                            if (kept := form_of_request()) is None:
                                raise
                            return _finish(page.render("kept_form.html", kept=kept, status=403))
                    self.services.get(Auth).admit(principal, None)
                    if not page.can(route.scope):
                        needed = route.scope or ""
                        text = t(
                            "this page needs the scope “%(scope)s”, which you do not have; it comes with: %(roles)s",
                            scope=needed,
                            roles=_roles_with(needed),
                        )
                        raise _scope_missing(text)
                return _finish(route.view(page))
            except Exception as error:  # noqa: BLE001 - every error is a page here
                return _finish(page.refused(any_error(error)).render("error.html"))

        return view


def curl(endpoint: Endpoint, path: Mapping[str, str], query: Mapping[str, Any], body: Any = None) -> str:
    """The request as a shell command."""
    where = endpoint.path.replace("<entry:", "<").replace("<menu:", "<")
    for name, value in path.items():
        where = where.replace(f"<{name}>", quote(value, safe="+"))
    if query:
        where += "?" + urlencode(query)
    parts = ["curl", "-H", '"Authorization: Bearer $DIGITREE_KEY"']
    if endpoint.method != "GET":
        parts += ["-X", endpoint.method]
    if body is not None:
        parts += ["-d", shlex.quote(json.dumps(body, ensure_ascii=False))]
    return " ".join([*parts, shlex.quote(request.host_url.rstrip("/") + where)])


def _roles_with(scope: str) -> str:
    """The roles that have it, as the page calls them."""
    return ", ".join(ROLES[each].text for each in roles_that(scope))


def _scope_missing(text: str) -> ApiError:
    return ApiError(403, "scope_missing", text)


def _to_login(page: Page) -> Response:
    address = f"{ROOT}/login?{urlencode({'next': page.address_here})}"
    if request.headers.get("HX-Request"):
        return _finish(Response(status=401, headers={"HX-Redirect": address}))
    if form_of_request() is not None:  # 307: the browser sends the form on, and the log-in page keeps it
        return _finish(redirect(f"{ROOT}/login?{urlencode({KEEP: request.path})}", 307))  # type: ignore[arg-type]
    return _finish(redirect(address, 303))  # type: ignore[arg-type]


def _finish(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    forget_flash(response, ROOT)
    return response
