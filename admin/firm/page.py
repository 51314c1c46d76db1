"""Your firm: its name, address, colour and logo; and the logo and the colour as every page fetches them."""

from __future__ import annotations

from flask import Response, request

from admin.firm.logo import MAX_BYTES
from admin.firm.schema import MAX_CONTACT, MAX_NAME
from admin.firm.views import firm_css
from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, not_found
from admin.http.shown_firm import logo_url, style_url
from ivr.ports.firm import FirmStore

pages = Pages()

_FOR_GOOD = "public, max-age=31536000, immutable"
# An SVG opened by its address can do nothing, and neither can anything that passes for one.
_LOGO_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"


@pages("GET", "/firm", scope="read")
def show_firm(page: Page) -> Response:
    firm = page.api("get_firm")
    if page.can("admin"):
        page.note("put_firm", body={name: firm[name] for name in ("name", "contact", "colour")})
    return page.render(
        "firm.html", firm=firm, max_kb=MAX_BYTES // 1024, longest_name=MAX_NAME, longest_contact=MAX_CONTACT
    )


@pages("POST", "/firm", scope="admin")
def put_firm(page: Page) -> Response:
    form = page.form
    colour = form.get("colour", "").strip() if form.get("own") else None
    body = {"name": form.get("name", ""), "contact": form.get("contact", "").replace("\r", ""), "colour": colour}
    try:
        page.api("put_firm", body=body)
    except ApiError as error:
        return show_firm(page.refused(error))
    return page.redirect("/firm", t("Saved. All pages show it from now on."))


@pages("POST", "/firm/logo/remove", scope="admin")
def remove_logo(page: Page) -> Response:
    page.api("delete_logo")
    return page.redirect("/firm", t("The logo is taken away."))


@pages("GET", "/firm/logo", open=True)
def serve_logo(page: Page) -> Response:
    found = page.service(FirmStore).logo()
    if found is None:
        raise not_found(t("there is no logo"))
    response = Response(found.content, content_type=found.type)
    response.headers["Content-Security-Policy"] = _LOGO_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return _kept(response, current=logo_url(page.service(FirmStore).get()))


@pages("GET", "/firm/colour.css", open=True)
def serve_colour(page: Page) -> Response:
    firm = page.service(FirmStore).get()
    return _kept(Response(firm_css(firm), content_type="text/css; charset=utf-8"), current=style_url(firm))


def _kept(response: Response, *, current: str | None) -> Response:
    """For good under the address that pages name now, else not at all."""
    response.headers["Cache-Control"] = _FOR_GOOD if request.full_path == current else "no-store"
    return response
