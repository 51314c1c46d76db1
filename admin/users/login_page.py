"""Logging in and out, and the redirect from /ui/ to the first page."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, redirect, request

from admin.http.auth import Auth
from admin.http.kept_form import KeptForm, form_of_request, is_own_page, parse_kept_form
from admin.http.language import t
from admin.http.log_ins import ANYWHERE, LogIns, LogInTickets
from admin.http.navigation import NAV
from admin.http.page import KEEP, ROOT, Page, Pages
from admin.http.problems import ApiError
from admin.http.sessions import Sessions, device_of_request, set_device
from admin.users.service import SecondFactors, is_recovery_code
from ivr.ports.users import UserStore

pages = Pages()


@pages("GET", "/")
def home(page: Page) -> Response:
    """Redirect to the first page that this principal may see."""
    first = next((each for _, entries in page.shell.nav_of(page) for each in entries), NAV[0])
    return page.redirect(first.path)


@pages("GET", "/login", open=True)
def show_login(page: Page) -> Response:
    if page.principal is not None:
        return _on(page)
    # Without users there are keys only: a new installation has the one that its first start printed.
    key_first = "key" in page.form or not page.service(UserStore).list()
    return page.render("login.html", next=_next(), kept=_kept(page), key_first=key_first)


@pages("POST", "/login", open=True)
def log_in(page: Page) -> Response:
    """Log in with a name or mail address and a password, or with an API key. A form that was sent here for want of a
    session is kept and shown afterwards."""
    if KEEP in page.args:
        return show_login(replace(page, blank=True))
    try:
        actor, account = _by_key(page) if page.form.get("key") else _by_password(page)
    except ApiError as error:
        if error.status not in (401, 422, 429):
            raise
        return show_login(page.refused(error))
    if account and page.service(SecondFactors).is_on(actor):
        return _ask_code(page, page.service(LogInTickets).issue(actor, account))
    return _enter(page, actor, account)


@pages("POST", "/login/code", open=True)
def log_in_by_code(page: Page) -> Response:
    """The second step: a code of the app, or a recovery code."""
    ticket, code = page.form.get("ticket", ""), page.form.get("code", "").strip()
    holder = page.service(LogInTickets).find(ticket)
    if holder is None:
        error = ApiError(401, "log_in_again", t("That took too long. Log in again with your name and password."))
        return show_login(page.refused(error))
    actor, account = holder
    try:
        right = page.service(LogIns).attempt(
            page.address if is_recovery_code(code) else ANYWHERE,
            f"code of {account}",
            device_of_request(),
            lambda: page.service(SecondFactors).accepts(actor, code) or None,
        )
        if right is None:
            raise ApiError(401, "wrong_code", t("The code is wrong, or it was used already. Take the next one."))
    except ApiError as error:
        if error.status not in (401, 429):
            raise
        return _ask_code(page.refused(error), ticket)
    return _enter(page, actor, account)


def _ask_code(page: Page, ticket: str) -> Response:
    return page.render("login_code.html", ticket=ticket, next=_next(), kept=_kept(page))


def _enter(page: Page, actor: str, account: str) -> Response:
    """Open the session."""
    sessions, cookies = page.service(Sessions), Response()
    sessions.log_in(actor, cookies)
    if account:
        set_device(cookies, page.service(LogIns).device_cookie(account))
    kept = parse_kept_form(page.form.get("kept", ""))
    if kept is None:
        response = _on(page)
    else:
        response = replace(page, principal=sessions.of_request()).render("kept_form.html", kept=kept)
    for cookie in cookies.headers.getlist("Set-Cookie"):
        response.headers.add("Set-Cookie", cookie)
    return response


@pages("POST", "/logout")
def log_out(page: Page) -> Response:
    response = page.redirect("/login")
    page.service(Sessions).log_out(response)
    return response


def _by_key(page: Page) -> tuple[str, str]:
    """The id of the key; no account."""
    # A pasted key may have spaces around it.
    secret = page.form["key"].strip()
    try:
        return page.service(Auth).verify(secret, page.address).key_id, ""
    except ApiError as error:
        if error.code == "key_unknown":
            raise ApiError(401, "key_unknown", t("This API key is unknown or revoked.")) from None
        raise


def _by_password(page: Page) -> tuple[str, str]:
    """(id, name) of the user."""
    name, password = page.form.get("name", "").strip(), page.form.get("password", "")
    if not name or not password:
        raise ApiError(422, "invalid_request", t("Enter your name and your password, or an API key."))
    user = page.service(LogIns).attempt(
        page.address, name, device_of_request(), lambda: page.service(UserStore).check(name, password)
    )
    if user is None:
        raise ApiError(401, "wrong_password", t("The name or the password is wrong."))
    return user.user_id, user.name


def _next() -> str:
    wanted = request.values.get("next", "")
    return wanted if is_own_page(wanted) else f"{ROOT}/"


def _kept(page: Page) -> KeptForm | None:
    """The form that was sent here with KEEP, or one that an attempt to log in carried along."""
    if KEEP not in page.args:
        return parse_kept_form(page.form.get("kept", ""))
    return form_of_request(page.args[KEEP])


def _on(page: Page) -> Response:
    return redirect(_next(), 303)  # type: ignore[return-value]
