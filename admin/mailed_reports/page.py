"""Reports by mail: made, mailed at once to look at, and given up."""

from __future__ import annotations

import re
from typing import Any

from flask import Response

from admin.http import words
from admin.http.language import t, tn
from admin.http.page import Page, Pages
from admin.http.problems import ApiError

pages = Pages()

_BETWEEN = re.compile(r"[,;\s]+")


@pages("GET", "/mailed-reports", scope="admin")
def show_mailed_reports(page: Page) -> Response:
    users = page.api("list_users", quiet=True)["items"]
    return page.render(
        "mailed_reports.html",
        found=page.api("list_mailed_reports")["items"],
        users=[(each["id"], each["name"], each["mail"]) for each in users if each["mail_confirmed_at"]],
        names={each["id"]: each["name"] for each in users},
        every=words.options(words.EVERY),
        channel=page.api("get_system_mail", quiet=True)["channel"],
    )


@pages("POST", "/mailed-reports", scope="admin")
def create_mailed_report(page: Page) -> Response:
    hour = page.form.get("hour", "").strip()
    body: dict[str, Any] = {
        "every": page.form.get("every", ""),
        "hour": int(hour) if hour.isascii() and hour.isdigit() and len(hour) < 4 else hour,
        "addresses": [each for each in _BETWEEN.split(page.form.get("addresses", "")) if each],
        "users": page.form_list("users"),
    }
    try:
        page.api("create_mailed_report", body=body)
    except ApiError as error:
        return show_mailed_reports(page.refused(error))
    return page.redirect("/mailed-reports", t("The report will be mailed."))


@pages("POST", "/mailed-reports/<report_id>/send", scope="admin")
def send_mailed_report(page: Page) -> Response:
    count = page.api("send_mailed_report", report_id=page.path["report_id"])["mails"]
    if not count:
        return page.redirect("/mailed-reports", t("Nothing was sent: nobody gets it, or no mail goes out."))
    said = tn("%(num)s report is on its way.", "%(num)s reports are on their way.", count)
    return page.redirect("/mailed-reports", said)


@pages("POST", "/mailed-reports/<report_id>/delete", scope="admin")
def delete_mailed_report(page: Page) -> Response:
    page.api("delete_mailed_report", report_id=page.path["report_id"])
    return page.redirect("/mailed-reports", t("The report is mailed no more."))
