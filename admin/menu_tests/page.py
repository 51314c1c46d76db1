"""The tests of a menu: listed with their last results, added, run, deleted."""

from __future__ import annotations

from flask import Response

from admin.http.language import t
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from admin.http.words import AGENT_BEHAVIOURS, OUTCOMES, VERSTATS, options
from admin.menu_tests.forms import body_of, lines_of
from ivr.domain.call_records import Outcome

pages = Pages()

# How a menu may end: a test can expect no other outcomes.
_TAKEN = frozenset(
    {
        Outcome.TRANSFERRED,
        Outcome.AGENT_UNAVAILABLE,
        Outcome.HUNG_UP,
        Outcome.OPTED_OUT,
        Outcome.NO_INPUT,
        Outcome.NO_MATCH,
        Outcome.BUDGET_SPENT,
        Outcome.CALLER_HUNG_UP,
        Outcome.REJECTED,
    }
)


@pages("GET", "/menus/<ivr_id>/tests", scope="read")
def show_tests(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    found = page.api("list_menu_tests", ivr_id=menu["id"])
    if page.can("write"):
        page.note("run_menu_tests", ivr_id=menu["id"], body={})
    results = {each["id"]: each for each in found["run"]["results"]} if found["run"] else {}
    return page.render(
        "menu_tests.html",
        menu=menu,
        tests=found["items"],
        run=found["run"],
        results=results,
        given={test["id"]: list(lines_of(test["given"])) for test in found["items"]},
        agents=options(AGENT_BEHAVIOURS),
        verstats=options(VERSTATS),
        outcomes=[(value, text) for value, text in options(OUTCOMES) if value in _TAKEN],
        nodes=[(node, node) for node in menu["nodes"]],
    )


@pages("POST", "/menus/<ivr_id>/tests", scope="write")
def add_test(page: Page) -> Response:
    try:
        test = page.api("create_menu_test", ivr_id=page.path["ivr_id"], body=body_of(page.form))
    except ApiError as error:
        return show_tests(page.refused(error))
    said = t("%(name)s is a test of this menu now.", name=test["name"])
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", said)


@pages("POST", "/menus/<ivr_id>/tests/run", scope="write")
def run_tests(page: Page) -> Response:
    try:
        run = page.api("run_menu_tests", ivr_id=page.path["ivr_id"], body={})
    except ApiError as error:
        return show_tests(page.refused(error))
    total = len(run["results"])
    passed = t("All tests passed.")
    flash = t("%(failed)s of %(total)s failed.", failed=run["failed"], total=total) if run["failed"] else passed
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", flash)


@pages("POST", "/menus/<ivr_id>/tests/<menu_test_id>/delete", scope="write")
def delete_test(page: Page) -> Response:
    page.api("delete_menu_test", ivr_id=page.path["ivr_id"], menu_test_id=page.path["menu_test_id"])
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", t("The test was deleted."))

