"""The installation's time zone, and what each user chooses for the page: a time zone, and the developer's names."""

from __future__ import annotations

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError, fault
from admin.http.sessions import Sessions
from admin.http.zones import InstallationZone
from ivr.domain.time_zones import find_zone, zone_names
from ivr.ports.preferences import Preferences, PreferenceStore

pages = Pages()


@pages("GET", "/time-zone", scope="read")
def show_time_zone(page: Page) -> Response:
    stored = page.api("get_time_zone")
    if page.can("admin"):
        page.note("put_time_zone", body={"zone": page.zone.key})
    return page.render("time_zone.html", stored=stored, zones=zone_names())


@pages("POST", "/time-zone", scope="admin")
def set_time_zone(page: Page) -> Response:
    zone = page.form.get("zone", "").strip()
    try:
        page.api("put_time_zone", body={"zone": zone})
    except ApiError as error:
        return show_time_zone(page.refused(error))
    return page.redirect("/time-zone", t("Days are those of %(zone)s from now on.", zone=zone))


@pages("GET", "/preferences")
def show_preferences(page: Page) -> Response:
    assert page.principal is not None  # noqa: S101 - the page is for those who are logged in
    return page.render(
        "preferences.html",
        chosen=page.service(PreferenceStore).find(page.principal.key_id),
        installation=page.service(InstallationZone).zone.key,
        zones=zone_names(),
    )


@pages("POST", "/preferences")
def keep_preferences(page: Page) -> Response:
    """Keep a user's own choices; they go with the user into every browser."""
    assert page.principal is not None  # noqa: S101
    zone = page.form.get("zone", "").strip()
    if zone and find_zone(zone) is None:
        text = t("There is no such time zone. Choose one of the list, such as America/Chicago.")
        return show_preferences(page.refused(fault("/zone", "unknown_time_zone", text)))
    chosen = Preferences(zone or None, page.form.get("developer") == "yes")
    page.service(PreferenceStore).keep(page.principal.key_id, chosen)
    page.service(Sessions).forget()
    return page.redirect("/preferences", t("Your choices are kept."))
