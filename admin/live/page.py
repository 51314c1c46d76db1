"""Live: the calls under way. A script follows them and sends the requests of the buttons."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from admin.http.filters import phone
from admin.http.page import Page, Pages
from admin.http.routing import json_answer
from admin.http.words import LIVE_PHASES, TEST_PHASES, Word
from ivr.domain.live_calls import LivePhase

pages = Pages()

_MAX_PHONES = 100


@pages("GET", "/live", scope="calls")
def show_live(page: Page) -> Response:
    page.note("list_live_calls")
    page.note("watch_live_calls")
    page.note("move_call", body={"node": "NODE"}, call_id="CALL_ID")
    page.note("hang_up_call", call_id="CALL_ID")
    names = {each["id"]: each["name"] for each in page.menus()}
    return page.render("live.html", names=names, phases=_shown(LIVE_PHASES), test_phases=_shown(TEST_PHASES))


def _shown(phases: Mapping[LivePhase, Word]) -> dict[str, tuple[str, str]]:
    """(text, tone) of each, for the script."""
    return {phase: (word.text, word.tone) for phase, word in phases.items()}


@pages("GET", "/phones", scope="calls")
def show_phones(page: Page) -> Response:
    """Telephone numbers as their countries write them, for scripts."""
    numbers = request.args.getlist("number")[:_MAX_PHONES]
    return json_answer({each: phone(each) for each in numbers if len(each) <= 20})
