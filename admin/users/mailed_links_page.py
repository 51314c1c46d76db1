"""What the links lead to that users are mailed: a new password, and an address that is confirmed."""

from __future__ import annotations

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, from_domain
from admin.http.sessions import Sessions
from admin.system_mail.service import Letter, SystemMailer
from admin.users.mailed_links import MailedLinks
from admin.users.page import need_password
from ivr.domain.errors import MailTaken

pages = Pages()


@pages("GET", "/forgot", open=True)
def show_forgot(page: Page) -> Response:
    return page.render("forgot.html", asked=False, ready=page.service(SystemMailer).is_ready())


@pages("POST", "/forgot", open=True)
def ask_new_password(page: Page) -> Response:
    """The same answer for everybody, before anything is looked up."""
    letter = Letter(
        t("A new password for Digitree"),
        t(
            "Hello,\n\na new password was asked for, for the user {name} of Digitree. Set it here within 30 minutes:"
            "\n\n{link}\n\nIf it was not you, do nothing: your password stays as it is.\n"
        ),
    )
    page.service(MailedLinks).ask_reset(page.form.get("name", "").strip(), page.address, letter)
    return page.render("forgot.html", asked=True, ready=True)


@pages("GET", "/new-password", open=True)
def show_new_password(page: Page) -> Response:
    token = page.form.get("token") or page.args.get("token", "")
    holder = page.service(MailedLinks).find_reset(token)
    return page.render("new_password.html", token=token, name=holder.user.name if holder else "")


@pages("POST", "/new-password", open=True)
def set_new_password(page: Page) -> Response:
    """It logs nobody in: the log-in that follows asks for the second factor, where there is one."""
    links, wanted = page.service(MailedLinks), page.form.get("password", "")
    holder = links.find_reset(page.form.get("token", ""))
    if holder is None:
        return show_new_password(page)
    try:
        need_password(wanted)
    except ApiError as error:
        return show_new_password(page.refused(error))
    if not links.reset(holder, wanted):
        return show_new_password(page)
    page.service(Sessions).forget()
    return page.redirect("/login?changed=1")


@pages("GET", "/mail-address", open=True)
def show_mail_address(page: Page) -> Response:
    """A button confirms it: programs that look into mails follow links."""
    token = page.form.get("token") or page.args.get("token", "")
    _, mail = page.service(MailedLinks).find_confirmation(token) or ("", "")
    return page.render("mail_address.html", token=token, mail=mail, done=False)


@pages("POST", "/mail-address", open=True)
def confirm_mail_address(page: Page) -> Response:
    links = page.service(MailedLinks)
    found = links.find_confirmation(page.form.get("token", ""))
    try:
        done = found is not None and links.confirm(*found)
    except MailTaken as error:
        return show_mail_address(page.refused(from_domain(error)))
    return page.render("mail_address.html", token="", mail="", done=done)
