"""Users who log in with a password, open sessions, and the user's own account."""

from __future__ import annotations

import segno
from flask import Response

from admin.http import words
from admin.http.language import t
from admin.http.log_ins import ANYWHERE, LogIns
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from admin.http.sessions import Sessions, device_of_request
from admin.keys.page import scope_choices
from admin.users.api import WRONG_CODE, confirmation_letter
from admin.users.mailed_links import MailedLinks
from admin.users.service import SecondFactors, is_recovery_code
from ivr.domain.channels.mail_addresses import ADDRESS_RULE, is_address
from ivr.domain.roles import CUSTOM, ROLES, covers, role_of
from ivr.domain.users import MAX_PASSWORD, MIN_PASSWORD, User
from ivr.ports.users import UserStore

pages = Pages()


@pages("GET", "/users", scope="admin")
def show_users(page: Page) -> Response:
    users = page.api("list_users")["items"]
    sessions = page.api("list_sessions")["items"]
    return page.render("users.html", users=users, sessions=sessions, roles=_roles(page))


@pages("POST", "/users", scope="admin")
def create_user(page: Page) -> Response:
    name = page.form.get("name", "").strip()
    try:
        page.api(
            "create_user",
            body={
                "name": name,
                "password": page.form.get("password", ""),
                "mail": page.form.get("mail", "").strip(),
                **_allowed(page),
            },
            quiet=True,
        )
    except ApiError as error:
        return show_users(page.refused(error))
    return page.redirect("/users", t("%(name)s can log in now.", name=name))


@pages("GET", "/users/<user_id>", scope="admin")
def show_user(page: Page) -> Response:
    user = page.api("get_user", user_id=page.path["user_id"])
    return page.render("user.html", user=user, scopes=scope_choices(), roles=_roles(page), custom=CUSTOM)


@pages("POST", "/users/<user_id>/password", scope="admin")
def set_password(page: Page) -> Response:
    body: dict[str, object] = {"password": page.form.get("password", "")}
    return _change(page, body, t("The password was changed, and open sessions were ended."))


@pages("POST", "/users/<user_id>/role", scope="admin")
def set_role(page: Page) -> Response:
    return _change(page, _allowed(page), t("The role was changed."))


@pages("POST", "/users/<user_id>/mail", scope="admin")
def set_mail(page: Page) -> Response:
    mail = page.form.get("mail", "").strip()
    changed = t("The mail address was changed. Once the link that was sent there is opened, it is confirmed.")
    return _change(page, {"mail": mail}, changed if mail else t("The mail address was removed."))


@pages("POST", "/users/<user_id>/disabled", scope="admin")
def set_disabled(page: Page) -> Response:
    disabled = page.form.get("disabled") == "true"
    done = t("The user was disabled and logged out.") if disabled else t("The user can log in again.")
    return _change(page, {"disabled": disabled}, done)


@pages("POST", "/sessions/<session_id>/end", scope="admin")
def end_session(page: Page) -> Response:
    page.api("end_session", session_id=page.path["session_id"])
    return page.redirect("/users", t("The session has ended."))


@pages("GET", "/account")
def show_account(page: Page) -> Response:
    assert page.principal is not None  # noqa: S101 - the page is for those who are logged in
    user = page.service(UserStore).find(page.principal.key_id)
    return page.render("account.html", user=user, role=role_of(page.principal.scopes))


@pages("POST", "/account/password")
def change_own_password(page: Page) -> Response:
    """Needs the current password, so that an unlocked screen is not enough."""
    assert page.principal is not None  # noqa: S101
    user = page.service(UserStore).find(page.principal.key_id)
    wanted = page.form.get("password", "")
    try:
        if user is None:
            raise ApiError(409, "no_user", t("You are logged in with an API key, which has no password."))
        _need_own_password(page, user, "/current", page.form.get("current", ""))
        need_password(wanted)
    except ApiError as error:
        return show_account(page.refused(error))
    page.service(UserStore).change(user.user_id, actor=user.user_id, password=wanted)
    page.service(Sessions).forget()
    return page.redirect("/login")


@pages("POST", "/account/mail")
def change_own_mail(page: Page) -> Response:
    """Needs the current password: a link for a new one goes to this address."""
    user, mail = _own(page), page.form.get("mail", "").strip()
    try:
        _need_own_password(page, user, "/current_for_mail", page.form.get("current_for_mail", ""))
        if mail and not is_address(mail):
            raise fault("/mail", "invalid_address", t(ADDRESS_RULE))
    except ApiError as error:
        return show_account(page.refused(error))
    changed = page.service(UserStore).change(user.user_id, actor=user.user_id, mail=mail)
    return page.redirect("/account", _mail_said(page, changed or user))


@pages("POST", "/account/mail/again")
def confirm_own_mail_again(page: Page) -> Response:
    return page.redirect("/account", _mail_said(page, _own(page)))


def _mail_said(page: Page, user: User) -> str:
    """Send the link that confirms the address, where that is to be done; returns what to say of it."""
    if user.mail is None:
        return t("You have no mail address now.")
    if user.mail_confirmed_at is not None:
        return t("This is your mail address already.")
    if page.service(MailedLinks).ask_confirmation(user, confirmation_letter()):
        return t("A link is on its way to %(mail)s. Open it to confirm the address.", mail=user.mail)
    return t("The address is kept, but no link was sent: no mail goes out here, or three were sent this hour.")


@pages("POST", "/account/second-factor")
def begin_own_second_factor(page: Page) -> Response:
    """Show what the app needs. Asking again shows the same secret until it is confirmed."""
    user = _own(page)
    factors = page.service(SecondFactors)
    enrolment = factors.begun(user) or factors.begin(user, actor=user.user_id)
    if enrolment is None:
        return page.redirect("/account")
    picture = segno.make(enrolment.uri, micro=False).svg_data_uri(border=4, dark="#000", light="#fff")
    return page.render("second_factor.html", enrolment=enrolment, picture=picture)


@pages("POST", "/account/second-factor/confirm")
def confirm_own_second_factor(page: Page) -> Response:
    """The answer is the page itself, since the recovery codes can be shown only now."""
    user = _own(page)
    codes = page.service(SecondFactors).confirm(user.user_id, page.form.get("code", ""), actor=user.user_id)
    if codes is None:
        return begin_own_second_factor(page.refused(fault("/code", "wrong_code", t(WRONG_CODE))))
    return page.render("second_factor.html", codes=codes)


@pages("POST", "/account/second-factor/off")
def remove_own_second_factor(page: Page) -> Response:
    """Needs a code, so that an unlocked screen is not enough."""
    user, code = _own(page), page.form.get("code", "").strip()
    try:
        right = page.service(LogIns).attempt(
            page.address if is_recovery_code(code) else ANYWHERE,
            f"code of {user.name}",
            device_of_request(),
            lambda: page.service(SecondFactors).accepts(user.user_id, code) or None,
        )
        if right is None:
            raise fault("/code", "wrong_code", t(WRONG_CODE))
    except ApiError as error:
        return show_account(page.refused(error))
    page.service(SecondFactors).remove(user.user_id, actor=user.user_id)
    return page.redirect("/account", t("You log in with your password alone now."))


@pages("POST", "/users/<user_id>/second-factor/reset", scope="admin")
def reset_second_factor(page: Page) -> Response:
    user_id = page.path["user_id"]
    try:
        page.api("remove_second_factor", user_id=user_id)
    except ApiError as error:
        if error.status != 403:
            raise
        return show_user(page.refused(error))
    return page.redirect(f"/users/{user_id}", t("This user logs in with the password alone now."))


def _need_own_password(page: Page, user: User, at: str, current: str) -> None:
    """Raises ApiError 422, or 429 after too many wrong ones."""
    users, name, device = page.service(UserStore), user.name, device_of_request()
    if page.service(LogIns).attempt(page.address, name, device, lambda: users.check(name, current)) is None:
        raise fault(at, "wrong_password", t("this is not your password"))


def need_password(wanted: str) -> None:
    """Raises ApiError 422 for one that is too short or too long."""
    if not MIN_PASSWORD <= len(wanted) <= MAX_PASSWORD:
        text = t(
            "a password has %(least)s to %(most)s characters; this has %(count)s",
            least=MIN_PASSWORD,
            most=MAX_PASSWORD,
            count=len(wanted),
        )
        raise fault("/password", "invalid_password", text)


def _own(page: Page) -> User:
    """The user who is logged in; raises ApiError 409 for an API key."""
    assert page.principal is not None  # noqa: S101 - the page is for those who are logged in
    user = page.service(UserStore).find(page.principal.key_id)
    if user is None:
        raise ApiError(409, "no_user", t("You are logged in with an API key, which has no password."))
    return user


def _roles(page: Page) -> list[tuple[str, str, str]]:
    """(value, label, what it may do) of the roles that this user may give."""
    own = page.principal.scopes if page.principal else ()
    given = [role for role, scopes in ROLES.items() if all(covers(own, each) for each in scopes)]
    return [(role, words.ROLES[role].text, words.ROLE_MEANINGS[role].text) for role in given]


def _allowed(page: Page) -> dict[str, object]:
    """The role that was chosen, or the scopes of a custom one."""
    role = page.form.get("role", "")
    return {"scopes": page.form_list("scopes")} if role == CUSTOM else {"role": role}


def _change(page: Page, body: dict[str, object], done: str) -> Response:
    try:
        page.api("patch_user", user_id=page.path["user_id"], body=body, quiet="password" in body)
    except ApiError as error:
        if error.status not in (403, 409, 422):
            raise
        return show_user(page.refused(error))
    return page.redirect(f"/users/{page.path['user_id']}", done)
