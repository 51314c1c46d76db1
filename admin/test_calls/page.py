"""The phone of a menu's page, and the menu's tests.

The editor has a draft called by leaving its JSON in sessionStorage under `digitree-draft-<ivr_id>` and going to
`/ui/menus/<ivr_id>/call?draft=1`; `?script=1,1` presses those keys by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.call_records import Outcome
from ivr.domain.menu_tests import SCRIPT
from tts.client.system_prompts import SENTENCES

pages = Pages()

AGENTS = (
    ("answers", "answers"),
    ("busy", "is busy"),
    ("declines", "declines"),
    ("no_answer", "lets it ring"),
    ("unreachable", "cannot be reached"),
)
# What a call that was taken can come to.
OUTCOMES = (
    (Outcome.TRANSFERRED, "handed to the agent"),
    (Outcome.AGENT_UNAVAILABLE, "no agent to be had"),
    (Outcome.HUNG_UP, "hung up by the menu"),
    (Outcome.OPTED_OUT, "opted out"),
    (Outcome.NO_INPUT, "let go after silence"),
    (Outcome.NO_MATCH, "let go after wrong keys"),
    (Outcome.BUDGET_SPENT, "let go after too many questions"),
    (Outcome.CALLER_HUNG_UP, "caller hung up"),
)
_KEYS = (
    ("1", ""), ("2", "ABC"), ("3", "DEF"), ("4", "GHI"), ("5", "JKL"), ("6", "MNO"),
    ("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"), ("*", ""), ("0", ""), ("#", ""),
)  # fmt: skip


@pages("GET", "/menus/<ivr_id>/call", scope="write")
def show_phone(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    script = page.args.get("script", "")
    script = script if SCRIPT.fullmatch(script) else ""
    page.note("make_test_call", body={"ivr_id": menu["id"], **({"script": script} if script else {})})
    return page.render(
        "call.html",
        menu=menu,
        script=script,
        draft=page.args.get("draft") == "1",
        agents=AGENTS,
        keys=_KEYS,
        words=json.dumps(dict(OUTCOMES)),
        sentences=json.dumps(dict(SENTENCES)),
        reads_calls=page.can("calls"),
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
        agents=AGENTS,
        outcomes=list(OUTCOMES),
        nodes=[(node, node) for node in menu["nodes"]],
        words={str(name): text for name, text in OUTCOMES},
    )


@pages("POST", "/menus/<ivr_id>/tests", scope="write")
def add_test(page: Page) -> Response:
    try:
        test = page.api("create_menu_test", ivr_id=page.path["ivr_id"], body=_test_of(page.form))
    except ApiError as error:
        return show_tests(page.refused(error))
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", f"{test['name']} is a test of this menu now.")


@pages("POST", "/menus/<ivr_id>/tests/run", scope="write")
def run_tests(page: Page) -> Response:
    try:
        run = page.api("run_menu_tests", ivr_id=page.path["ivr_id"], body={})
    except ApiError as error:
        return show_tests(page.refused(error))
    said = f"{run['failed']} of {len(run['results'])} failed." if run["failed"] else "All tests passed."
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", said)


@pages("POST", "/menus/<ivr_id>/tests/<menu_test_id>/delete", scope="write")
def delete_test(page: Page) -> Response:
    page.api("delete_menu_test", ivr_id=page.path["ivr_id"], menu_test_id=page.path["menu_test_id"])
    return page.redirect(f"/menus/{page.path['ivr_id']}/tests", "The test is gone.")


def _test_of(form: Mapping[str, str]) -> dict[str, Any]:
    expected = {name: form[name] for name in ("outcome", "node") if form.get(name)}
    return {
        "name": form.get("name", "").strip(),
        "script": form.get("script", "").replace(" ", ""),
        "expected": expected,
        "agent": form.get("agent", "answers"),
    }
