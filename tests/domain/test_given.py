"""What holds outside while a menu is tested, and what is heard of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.domain.agents import Agent, Target
from ivr.domain.menu.given import (
    NOTHING_GIVEN,
    Given,
    GivenAgent,
    GivenAnswer,
    agents_at_addresses,
    fits_a_call,
    parse_given,
)
from ivr.domain.menu.heard import words_heard
from ivr.domain.menu.variables import Memory

AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
ALL = Given(
    random=7,
    at=AT,
    caller="anonymous",
    called="+14155550100",
    verstat="none",
    variables={"call.first": "tomorrow at ten", "tries": 2, "known": False},
    lists=("banned",),
    services={
        "balance": (GivenAnswer({"amount": 152.4}, when={"account": "1"}), GivenAnswer(fails="timeout", delay_s=2))
    },
    agents={"sales": (GivenAgent("busy"), GivenAgent(rings_s=40, talks_s=9, reports="sold"))},
)


@pytest.mark.parametrize("given", [NOTHING_GIVEN, ALL, Given(random=1), Given(services={"a": (GivenAnswer(None),)})])
def test_what_is_given_is_read_as_it_was_written(given: Given) -> None:
    assert parse_given(given.to_json()) == given


def test_only_what_is_given_stands_in_the_document() -> None:
    assert NOTHING_GIVEN.to_json() == {}
    assert parse_given({}) is NOTHING_GIVEN
    assert ALL.to_json()["services"]["balance"][1] == {"fails": "timeout", "delay_s": 2}
    assert ALL.to_json()["agents"]["sales"] == [
        {"result": "busy"}, {"result": "answers", "rings_s": 40, "talks_s": 9, "reports": "sold"},
    ]  # fmt: skip


def test_a_test_says_more_than_a_run() -> None:
    run = Given(random=1, at=AT, lists=("regulars",))
    assert Given(random=51).over(run) == Given(random=51, at=AT, lists=("regulars",))
    assert Given(lists=("banned",)).over(run).lists == ("banned",)
    assert NOTHING_GIVEN.over(run) == run


@pytest.mark.parametrize(
    ("when", "sent", "fits"),
    [
        ({}, {}, True),
        ({}, {"zip": "94103"}, True),
        ({"zip": "94103"}, {"zip": "94103", "caller": ""}, True),
        ({"zip": 94103}, {"zip": "94103"}, True),
        ({"known": True}, {"known": "true"}, True),
        ({"zip": "94103"}, {"zip": "00000"}, False),
        ({"zip": ""}, {}, False),
        ({"people": [1]}, {"people": [1]}, True),
        ({"people": [1]}, {"people": "[1]"}, False),
    ],
)
def test_an_answer_is_for_what_is_sent(when: dict[str, Any], sent: dict[str, Any], fits: bool) -> None:
    assert GivenAnswer("x", when=when).fits(sent) is fits


def test_a_call_begins_with_the_variables_as_they_are() -> None:
    memory = Given(variables={"a": "{b}", "b": 1}).memory()
    assert (memory.find("a"), memory.find("b"), memory.secrets) == ("{b}", 1, frozenset())
    assert fits_a_call({f"v{number}": "x" * 200 for number in range(9)})
    assert not fits_a_call({f"v{number}": "x" * 200 for number in range(12)})


def test_agents_are_known_by_their_addresses_and_the_unknown_one_rings_the_default_agent() -> None:
    sales = Agent("sales", (Target("sip:sales@example.com:5070;transport=tcp"), Target("sips:two@example.com")))
    busy, answers = (GivenAgent("busy"),), (GivenAgent(),)
    addresses = {"sales@example.com:5070": busy, "two@example.com": busy}
    assert agents_at_addresses(Given(agents={"sales": busy}), {"sales": sales}) == addresses
    assert agents_at_addresses(Given(agents={"gone": busy}), {"sales": sales}) == {"default": busy}
    both = agents_at_addresses(Given(agents={"gone": busy, "default": answers}), {})
    assert both == {"default": answers}


NODE = {"text": "Your code {code:digits}, {who.name}.", "again_text": ["Once more.", "Last time."],
        "no_match_text": "That was wrong.", "audio": "a.wav"}  # fmt: skip
MEMORY = Memory(values={"code": 42, "who.name": "Ann"})


@pytest.mark.parametrize(
    ("node", "attempt", "before", "language", "text"),
    [
        (NODE, 1, None, "", "Your code 42, Ann."),
        (NODE, 2, "no_match", "", "That was wrong. Once more."),
        (NODE, 3, None, "", "Last time."),
        (NODE, 9, "no_input", "", "Last time."),
        ({"audio": ["you.wav", "seed-{code}.wav"]}, 1, None, "", "you.wav seed-42.wav"),
        ({"audio": "a.wav"}, 2, None, "", "a.wav"),
        ({"text": {"fr": "Bonjour", "en": ["Hello", "there"]}}, 1, None, "en", "Hello there"),
        ({"text": {"fr": "Bonjour", "en": "Hello"}}, 1, None, "", "Bonjour"),
        ({"text": "100 {"}, 1, None, "", "100 {"),
        ({"text": "{unset}!"}, 1, None, "", "!"),
        ({}, 1, None, "", ""),
    ],
)
def test_words_are_heard_with_their_variables(
    node: dict[str, Any], attempt: int, before: Any, language: str, text: str
) -> None:
    assert words_heard(node, MEMORY, attempt, before, language).text == text


def test_words_are_heard_as_a_voice_says_them_and_without_secrets() -> None:
    memory = Memory(values={"zip": "94103", "sum": "152.40", "pin": "4711"}, secrets=frozenset({"pin"}))
    node = {"text": "Nobody for {zip:digits}, {sum:money:GBP}, {pin:digits}, {unset}."}
    text, said = words_heard(node, memory)
    assert text == "Nobody for 94103, 152.40, •••, ."
    assert "nine four one zero three" in said.lower()
    assert "pounds" in said
    assert "4711" not in text + said
