"""The phone on a menu's page.

To call what is not even saved, the editor puts its JSON into sessionStorage under `digitree-draft-<ivr_id>` and opens
`/ui/menus/<ivr_id>/call?draft=1`; `?draft=saved` calls the menu's draft. With `?script=1,1` the page presses those
keys by itself.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from admin.http.causes import cause_texts
from admin.http.page import Page, Pages
from admin.http.words import AGENT_BEHAVIOURS, ATTEMPT_RESULTS, OUTCOMES, options
from ivr.domain.agents import agents_named
from ivr.domain.menu_tests import SCRIPT

pages = Pages()

_KEYS = (
    ("1", ""), ("2", "ABC"), ("3", "DEF"), ("4", "GHI"), ("5", "JKL"), ("6", "MNO"),
    ("7", "PQRS"), ("8", "TUV"), ("9", "WXYZ"), ("*", ""), ("0", ""), ("#", ""),
)  # fmt: skip

# Of the address -> for the script.
_DRAFTS = {"1": "yes", "saved": "saved"}


@pages("GET", "/menus/<ivr_id>/call", scope="write")
def show_phone(page: Page) -> Response:
    menu = page.api("get_ivr", ivr_id=page.path["ivr_id"])
    script = page.args.get("script", "")
    script = script if SCRIPT.fullmatch(script) else ""
    telephones, trunks = _ringable(page)
    page.note("make_test_call", body={"ivr_id": menu["id"], **({"script": script} if script else {})})
    return page.render(
        "call.html",
        menu=menu,
        script=script,
        draft=_DRAFTS.get(page.args.get("draft", ""), "no"),
        agents=options(AGENT_BEHAVIOURS),
        real_agents=_real_agents(page, menu),
        keys=_KEYS,
        texts=json.dumps(
            {
                "outcomes": dict(options(OUTCOMES)),
                "results": dict(options(ATTEMPT_RESULTS)),
                "causes": cause_texts(),
            }
        ),
        reads_calls=page.can("calls"),
        telephones=telephones,
        trunks=trunks,
    )


def _real_agents(page: Page, menu: dict[str, Any]) -> list[str]:
    """The agents that the menu names and that there are."""
    if not page.can("read"):
        return []
    warned = {each["node"] for each in menu["warnings"] if each["code"] == "agent_not_found"}
    return agents_named({"nodes": {name: node for name, node in menu["nodes"].items() if name not in warned}})


def _ringable(page: Page) -> tuple[list[str], list[str]]:
    """Telephones that are verified over a trunk with a number to call them from, and these trunks."""
    if not page.can("read"):
        return [], []
    telephones = page.api("list_telephones", quiet=True)["items"]
    trunks = page.api("list_trunks", query={"limit": "200"}, quiet=True)["items"]
    callers = [each["name"] for each in trunks if each["numbers"]]
    ringable = {each["number"]: {*callers} & {*each["verified_over"]} for each in telephones}
    over = {name for names in ringable.values() for name in names}
    # Without a verified telephone the page says which of the two is missing.
    return [each for each, names in ringable.items() if names], [each for each in callers if not over or each in over]
