"""What the page of a call says of its steps, and of the places of prompts."""

from __future__ import annotations

from typing import Any

import pytest

from admin.calls.steps import HIDDEN, shown_step
from admin.menus.places import place_words
from ivr.domain.menu.slots import slots_of

TRANSFER = {"action": "transfer"}


def step(result: str, key: str | None = None, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"result": result, "key": key, "value": value, "attempt": 1, "ms": 0, "ignored": None, **more}


@pytest.mark.parametrize(
    ("done", "shown"),
    [
        (step("key", "1"), ("1", "", None)),
        (step("key", "XXXXX", "85001"), ("XXXXX", "85001", None)),
        (step("key", "101", "101"), ("101", "", None)),
        (step("key", "X{4,8}"), ("X{4,8}", HIDDEN, None)),
        (step("key", "X"), ("X", HIDDEN, None)),
        (step("key", "*"), ("*", "", None)),
        (step("no_match", None, "850", ignored="not_offered"), (None, "850", "not offered here")),
        (step("no_input"), (None, "", "silence")),
        (step("switch", "open", "open"), ("open", "", "the menu chose")),
        (step("switch", "default", "closed"), ("otherwise", "closed", "the menu chose")),
        (step("switch", "", ""), ("empty", "", "the menu chose")),
        (step("switch", "default", ""), ("otherwise", "empty", "the menu chose")),
        (step("switch"), (None, "", "the menu chose")),
        (step("request", "crm", "200"), ("crm", "HTTP 200", "a service was asked")),
        (step("request", "crm", "timeout"), ("crm", "", "too slow")),
        (step("request", "crm", "left"), ("crm", "", "a notice was left")),
        (step("sent", "mail:office", "left"), ("mail:office", "", "a message was left to be sent")),
        (step("sent", "sms:sms", "no_recipient"), ("sms:sms", "", "nobody to send it to")),
        (step("each", "next", "2"), (None, "number 2", "the next of a list")),
        (step("each", "done"), (None, "", "the end of the list")),
        (step("each", "empty"), (None, "", "an empty list")),
        (step("listed", "banned", "30d"), ("banned", "for 30d", "put on a list of numbers")),
        (step("listed", "banned", "on"), ("banned", "for good", "put on a list of numbers")),
        (step("listed", "banned", "off"), ("banned", "", "taken off a list of numbers")),
        (step("waited", "person", "support"), (None, "until somebody answered", "waited in a line")),
        (step("waited", "1", "support"), (None, "key 1", "waited in a line")),
        (step("callback", "+14805551234", "Support"), (None, "+14805551234, Support", "asked to be called back")),
        (step("callback"), (None, "", "no number to call back")),
        (step("action"), (None, "", "transfer")),
    ],
)
def test_a_step_says_what_happened(done: dict[str, Any], shown: tuple[str | None, str, str | None]) -> None:
    found = shown_step(done, TRANSFER)
    assert (found.key, found.beside, found.word and found.word.text) == shown


def test_attempts_and_times_are_shown_where_they_say_something() -> None:
    assert shown_step(step("no_input", attempt=2, ms=0), {})[-2:] == (2, 0)
    assert shown_step(step("switch"), {})[-2:] == (None, None)
    assert shown_step(step("request", "crm", "200", ms=740), {})[-2:] == (None, 740)
    assert shown_step(step("key", "1", ms=800), {}).note == "key 1"
    assert shown_step(step("no_match", None, "850", ignored="not_offered"), {}).note == "850 not offered here"


def test_the_place_of_a_prompt_is_said_in_words() -> None:
    node = {
        "text": {"en": ["Hello.", "Press 1."], "es": "Oprima 1."},
        "gather": {"1": "a"},
        "again_text": ["Once more.", "A last time."],
        "no_input_text": "I heard nothing.",
    }
    assert [place_words(slot) for slot in slots_of(node)] == [
        "English, part 1", "English, part 2", "Spanish", "audio from the second attempt on, attempt 2",
        "audio from the second attempt on, attempt 3", "audio after silence",
    ]  # fmt: skip
    assert [place_words(slot) for slot in slots_of({"text": "Goodbye.", "action": "hangup"})] == [""]
