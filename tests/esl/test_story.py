"""The world of a test's call, and what the phone is told of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from devswitch.phone.call import story_of
from esl_server.call.story import MAX_BYTES, MAX_EVENTS, Story
from ivr.domain.menu.given import Given, GivenAnswer
from ivr.domain.menu.variables import Memory
from ivr.domain.services import NoServices, ServiceAnswer

NODES = {"ask": {"text": "Code {code}.", "no_match_text": "Wrong."}, "mute": {}}
MEMORY = Memory(values={"code": 7, "pin": "4711"}, secrets=frozenset({"pin"}))


class Told:
    """A story of a call in which these answers are given, and what it wrote."""

    def __init__(self, *answers: GivenAnswer) -> None:
        self.written: list[bytes] = []
        self.story = Story(Given(services={"a": answers}), NODES, self.written.append)
        self.story.memory = MEMORY

    def ask(self, **sent: Any) -> ServiceAnswer:
        return self.story.ask("a", sent, "call_1")

    @property
    def events(self) -> list[Any]:
        """As the phone reads them from the channel's variables."""
        variables = {}
        for command in self.written:
            argument = command.partition(b"execute-app-arg: ")[2].strip().decode()
            name, _, value = argument.partition("=")
            variables[name] = value
        return story_of(variables)


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (GivenAnswer({"x": 1}, delay_s=2.5), ServiceAnswer(2500, 200, {"x": 1})),
        (GivenAnswer({"x": 1}, delay_s=3), ServiceAnswer(3000, failure="timeout")),
        (GivenAnswer(fails="timeout"), ServiceAnswer(3000, failure="timeout")),
        (GivenAnswer(fails="status", delay_s=1), ServiceAnswer(1000, 500, failure="status")),
        (GivenAnswer(fails="not_json"), ServiceAnswer(0, failure="not_json")),
        (GivenAnswer(None), ServiceAnswer(0, 200, None)),
    ],
)
def test_a_service_answers_or_fails_as_it_is_given(given: GivenAnswer, answer: ServiceAnswer) -> None:
    assert Told(given).ask() == answer


def test_answers_come_in_turn_by_what_is_sent_and_the_last_one_stays() -> None:
    told = Told(GivenAnswer(1, when={"zip": "94103"}), GivenAnswer(2), GivenAnswer(3))
    assert [told.ask(zip="0").body, told.ask(zip="94103").body] == [2, 1]
    assert [told.ask(zip="94103").body for _ in range(2)] == [3, 3]


def test_what_is_not_given_is_no_service_and_a_notice_for_it_is_taken() -> None:
    told = Told()
    assert told.story.ask("b", {}, "call_1").failure == "unknown"
    assert told.story.notify("b", {"code": 7}, "call_1")
    assert not Told(GivenAnswer(fails="status")).story.notify("a", {}, "call_1")
    assert [each["what"] for each in told.events] == ["request", "notice"]


def test_what_is_sent_and_heard_is_told_without_secrets() -> None:
    told = Told(GivenAnswer(1, when={"pin": "4711"}))
    assert told.ask(pin="4711", code=7).body == 1
    told.story.heard("ask", 2, "no_match")
    told.story.heard("mute")
    assert told.events == [
        {"what": "request", "service": "a", "sent": {"pin": "(secret)", "code": 7}},
        {"what": "heard", "node": "ask", "text": "Wrong. Code 7.", "said": "Wrong. Code, seven"},
    ]


def test_a_story_has_an_end() -> None:
    told = Told()
    told.story.tell("heard", text="x" * MAX_BYTES)
    for number in range(MAX_EVENTS + 5):
        told.story.tell("n", number=number)
    assert [each["number"] for each in told.events] == list(range(MAX_EVENTS))


def test_a_value_that_breaks_a_command_is_told_as_it_is() -> None:
    told = Told()
    told.story.tell("heard", text="a\n\nb${c} = \u2026")
    (command,) = told.written
    assert command.count(b"\n\n") == 1
    assert b"$" not in command
    assert told.events == [{"what": "heard", "text": "a\n\nb${c} = \u2026"}]
    value = command.partition(b"=")[2].strip()
    assert json.loads(base64.urlsafe_b64decode(value + b"==")) == told.events[0]


def test_without_services_nothing_is_answered_or_taken() -> None:
    assert NoServices().ask("a", {}, "call_1").failure == "unknown"
    assert not NoServices().notify("a", {}, "call_1")
