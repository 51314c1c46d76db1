"""The choice of the channel for Digitree's own mail, which stands on the page of channels."""

from __future__ import annotations

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages

pages = Pages()


@pages("POST", "/system-mail", scope="admin")
def choose_system_mail(page: Page) -> Response:
    channel = page.form.get("channel", "")
    page.api("put_system_mail", body={"channel": channel or None})
    if not channel:
        return page.redirect("/channels", t("Digitree sends no mail."))
    return page.redirect("/channels", t("Mail from Digitree goes out by %(channel)s.", channel=channel))
