"""The events of a call's end, and when a failed delivery is tried again."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.webhooks import (
    RETRY_AFTER_S,
    WebhookNote,
    end_of_call,
    hand_off_of_call,
    notes_of_call,
    retry_after_s,
)

URI = "sip:a@pbx.example"
ENDED = {
    "call_id": "call_1", "ivr_id": "ivr_a", "outcome": "transferred", "ended_at": "1970-01-01T00:20:01+00:00",
    "agent": [],
}  # fmt: skip
END = WebhookNote("msg_end_call_1", "call.ended", "call_1", "ivr_a", order_key="call call_1")
TRANSFERRED = WebhookNote(
    "msg_transfer_call_1", "call.transferred", "call_1", "ivr_a", order_key="call call_1",
    unless_noted="msg_end_call_1",
)  # fmt: skip


def attempt(result: str, **more: Any) -> dict[str, Any]:
    return {"uri": URI, "result": result, "cause": "NO_ANSWER", "sip_status": 480, "agent": "billing", **more}


def unreachable(result: str, window: int = 2) -> WebhookNote:
    """Windows are of ten minutes: 20:01 after the epoch lies in the third."""
    return WebhookNote(
        f"msg_agent_{window}_{hashlib.sha256(URI.encode()).hexdigest()[:16]}", "agent.unreachable", URI, "ivr_a",
        {"agent": "billing", "uri": URI, "result": result, "cause": "NO_ANSWER", "sip_status": 480,
         "call_id": "call_1"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "notes"),
    [
        ({}, [END]),
        ({"test": True}, []),
        ({"agent": [attempt("answered")]}, [TRANSFERRED, END]),
        ({"agent": [attempt("busy"), attempt("declined"), attempt("no_answer")]}, [END]),
        ({"agent": [attempt("unreachable"), attempt("answered")]}, [TRANSFERRED, END, unreachable("unreachable")]),
        ({"agent": [attempt("vanished")]}, [END, unreachable("vanished")]),
        ({"agent": [attempt("answered_silent")]}, [END, unreachable("answered_silent")]),
        ({"agent": [attempt("unreachable")], "ended_at": None}, [END, unreachable("unreachable", 0)]),
    ],
)
def test_the_events_of_a_call(change: dict[str, Any], notes: list[WebhookNote]) -> None:
    assert notes_of_call({**ENDED, **change}) == notes


def test_an_attempt_of_an_earlier_version_has_fewer_fields() -> None:
    (_, note) = notes_of_call({**ENDED, "agent": [{"uri": URI, "result": "unreachable"}]})
    assert note.data == {
        "agent": None, "uri": URI, "result": "unreachable", "cause": None, "sip_status": None, "call_id": "call_1"
    }  # fmt: skip


def test_a_call_without_a_menu_has_events_of_no_menu() -> None:
    record = {**ENDED, "agent": [attempt("answered"), attempt("unreachable")]}
    del record["ivr_id"]
    assert [note.ivr_id for note in notes_of_call(record)] == [None] * 3
    assert hand_off_of_call("call_2", None).subject == "call_2"


@pytest.mark.parametrize(("outcome", "wait_s"), [("failed", 30), ("lost", 30), ("hung_up", 0), (None, 0)])
def test_the_end_of_a_call_that_may_be_taken_over_waits(outcome: str | None, wait_s: int) -> None:
    assert end_of_call({**ENDED, "outcome": outcome}).wait_s == wait_s


@pytest.mark.parametrize(
    ("attempts", "chance", "pause_s"),
    [(1, 0.5, 5), (1, 0.0, 4), (1, 1.0, 6), (2, 0.5, 30), (10, 0.5, 28_800), (10, 0.75, 31_680), (11, 0.5, None)],
)
def test_a_delivery_is_tried_ten_times_more(attempts: int, chance: float, pause_s: float | None) -> None:
    assert retry_after_s(attempts, chance) == (None if pause_s is None else pytest.approx(pause_s))


@pytest.mark.parametrize(
    ("attempts", "waited_s", "pause_s"),
    [(1, 0, 5), (4, 0, 600), (5, 0, 600), (99, 0, 600), (99, 85_354, 600), (99, sum(RETRY_AFTER_S), None)],
)
def test_one_that_others_wait_for_is_tried_every_ten_minutes_for_a_day(
    attempts: int, waited_s: float, pause_s: float | None
) -> None:
    pause = retry_after_s(attempts, 0.5, ordered=True, waited_s=waited_s)
    assert pause == (None if pause_s is None else pytest.approx(pause_s))


@pytest.mark.parametrize(("chance", "pause_s"), [(0.0, 480), (1.0, 720)])
def test_that_one_is_spread_as_well(chance: float, pause_s: float) -> None:
    assert retry_after_s(5, chance, ordered=True) == pytest.approx(pause_s)


@given(st.integers(1, 10))
def test_pauses_differ_by_a_fifth_at_most(attempts: int) -> None:
    pause = retry_after_s(attempts)
    assert pause is not None
    assert 0.8 * RETRY_AFTER_S[attempts - 1] <= pause <= 1.2 * RETRY_AFTER_S[attempts - 1]
