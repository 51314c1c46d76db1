"""When webhooks are told that a trunk is away, and that it is back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ivr.domain.trunks.outages import AWAY_S, Outages
from ivr.domain.trunks.state import Refusal, Standing, TrunkState

SINCE = 1_773_014_400.0
REFUSAL = Refusal(403, "Forbidden", SINCE)


def told(course: Sequence[tuple[float, Standing]], outages: Outages | None = None) -> list[str]:
    """The events of a trunk that stands so, `course` in seconds after SINCE."""
    outages, state, events = outages or Outages(), TrunkState(), []
    for after_s, standing in course:
        if state.standing != standing:
            state = TrunkState(standing, SINCE + after_s, REFUSAL)
        events += [note.event for note in outages.look({"carrier": state}, SINCE + after_s)]
    return events


@pytest.mark.parametrize(
    ("course", "events"),
    [
        pytest.param([(0, "refused"), (AWAY_S - 1, "refused")], [], id="not for long"),
        pytest.param([(0, "silent"), (AWAY_S, "silent"), (2 * AWAY_S, "silent")], ["trunk.away"], id="once"),
        pytest.param([(0, "refused"), (30, "registered"), (31, "refused"), (61, "refused")], [], id="was back"),
        pytest.param([(0, "refused"), (30, "trying"), (AWAY_S, "refused")], ["trunk.away"], id="tried in between"),
        pytest.param([(0, "refused"), (30, "unknown"), (AWAY_S, "silent")], ["trunk.away"], id="not known then"),
        pytest.param([(0, "trying"), (AWAY_S, "trying")], [], id="only tried"),
        pytest.param(
            [(0, "silent"), (AWAY_S, "silent"), (70, "answers"), (80, "answers")], ["trunk.away", "trunk.back"],
            id="back, once",
        ),
        pytest.param([(0, "registered"), (10, "refused"), (20, "registered")], [], id="too short to be told"),
    ],
)  # fmt: skip
def test_an_outage_is_told_once_it_lasts_and_its_end_once(
    course: list[tuple[float, Standing]], events: list[str]
) -> None:
    assert told(course) == events


def test_an_outage_says_since_when_and_why_and_its_end_the_same_moment() -> None:
    outages = Outages()
    away, = outages.look({"carrier": TrunkState("refused", SINCE, REFUSAL)}, SINCE + AWAY_S)
    since = "2026-03-09T00:00:00+00:00"
    assert away.data == {
        "trunk": "carrier", "since": since, "standing": "refused", "status": 403, "phrase": "Forbidden"
    }  # fmt: skip
    back, = outages.look({"carrier": TrunkState("registered", SINCE + 90, REFUSAL)}, SINCE + 90)
    assert back.data == {
        "trunk": "carrier", "since": since, "standing": "registered", "back_at": "2026-03-09T00:01:30+00:00"
    }  # fmt: skip
    assert away.order_key == back.order_key == "trunk carrier"


def test_a_keeper_that_starts_in_an_outage_makes_the_same_message() -> None:
    known = {"carrier": TrunkState("silent", SINCE)}
    first, again = (Outages().look(known, SINCE + after_s) for after_s in (AWAY_S, 500.0))
    assert [each.message_id for each in first] == [each.message_id for each in again] == [
        f"msg_trunk_away_carrier_{int(SINCE)}"
    ]


def test_a_trunk_that_is_deleted_is_not_told_to_be_back() -> None:
    outages = Outages()
    assert outages.look({"carrier": TrunkState("silent", SINCE)}, SINCE + AWAY_S)
    assert outages.look({}, SINCE + 70) == []
    assert outages.look({"carrier": TrunkState("answers", SINCE + 80)}, SINCE + 80) == []
