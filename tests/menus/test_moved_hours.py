"""A script's moment is now: opening hours moved to it are open and closed when those of the script are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.state import state_at
from tests.menus.over_sip.hours import moved
from tests.menus.runner import read_menus

ASKED = [
    (f"{menu.number}-{at}", hours, script["given"]["at"])
    for menu in read_menus()
    for at, script in enumerate(menu.scripts)
    for hours in menu.document.get("hours", {}).values()
    if "at" in script.get("given", {})
]


@pytest.mark.parametrize(("hours", "at"), [each[1:] for each in ASKED], ids=[each[0] for each in ASKED])
def test_hours_are_open_now_if_they_are_at_the_moment_of_the_script(hours: dict[str, Any], at: str) -> None:
    moment = datetime.fromisoformat(at)
    wanted = state_at(parse_hours("office", hours), moment).word
    monday = datetime(2026, 11, 30, tzinfo=UTC)
    for minutes in range(0, 7 * 24 * 60, 17):
        now = monday + timedelta(minutes=minutes)
        here = parse_hours("office", moved(hours, moment, now))
        assert state_at(here, now).word == wanted, now
