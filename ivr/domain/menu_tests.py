"""Tests of a menu: what is pressed, what holds outside, and what is expected. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ivr.domain.call_records import Outcome
from ivr.domain.errors import IvrError, StorageConflict
from ivr.domain.menu.given import NOTHING_GIVEN, Given
from ivr.domain.tickets import AgentBehaviour

MAX_TESTS = 100
MAX_STEPS = 100
# A step for each question: digits, perhaps followed by hanging up, or - for silence. After the last step: silence.
_SCRIPT_STEP = r"(?:-|[0-9*#]{1,24}h?|h|s[0-9]{1,3}[0-9*#]{0,24}h?)"
SCRIPT_PATTERN = rf"{_SCRIPT_STEP}(?:,{_SCRIPT_STEP}){{0,99}}"
SCRIPT = re.compile(SCRIPT_PATTERN, re.ASCII)


class MenuTestNotFound(IvrError):
    """The menu has no such test."""

    code = "test_not_found"


class TooManyMenuTests(IvrError):
    """The menu has as many tests as it may."""

    code = "too_many_tests"


class MenuTestTaken(StorageConflict):
    """The menu has a test with this name."""

    code = "test_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"the menu has a test called {name}")


@dataclass(frozen=True, slots=True)
class Heard:
    """Words that a caller is to hear, and perhaps at which node."""

    text: str = ""
    node: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in (("node", self.node), ("text", self.text)) if value}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request or a notice to a service, and what is to be among the values sent."""

    service: str
    sent: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"service": self.service, **({"sent": dict(self.sent)} if self.sent else {})}


@dataclass(frozen=True, slots=True)
class Dialled:
    """Somebody who is rung: the agent, the group, the number or the address `to`, which number they see, and what is
    among the words that they hear before the caller is connected."""

    to: str
    caller_id: str | None = None
    whisper: str | None = None

    def to_json(self) -> dict[str, Any]:
        told = {"to": self.to, "caller_id": self.caller_id, "whisper": self.whisper}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A sound that the caller leaves, at any node or at this one, of so many seconds or of any length."""

    node: str | None = None
    seconds: int | None = None

    def to_json(self) -> dict[str, Any]:
        told = {"node": self.node, "seconds": self.seconds}
        return {name: value for name, value in told.items() if value is not None}


@dataclass(frozen=True, slots=True)
class SentBy:
    """A message by a channel, which is named by its reference: whom it goes to, and what is to be in its text.
    `attach`: how many sounds go along. None: anything."""

    by: str
    to: str | None = None
    text: str | None = None
    attach: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a call must come to; None: anything. `node` is the last of the path, `path` the nodes in their order, one
    for each visit and one more for each further attempt at a question. `heard` are words in their order, with others
    in between; `requests`, `notices` and `sent`, messages by channels, all that are sent, `rang` the names of all
    agents that were rung. `opted_out`: whether the caller's number would be on the do-not-call list. `lists`: whether
    it would be on these lists of numbers, or the time for which this call puts it there. `recordings`: all sounds
    that the caller leaves. `dialled`: all who are rung, with what they see and hear. `digits_sent`: the
    keys of each `send_digits` that the call comes to. `language`: the one that the caller has come to."""

    outcome: Outcome | None = None
    node: str | None = None
    path: Sequence[str] | None = None
    heard: Sequence[Heard] | None = None
    requests: Sequence[Sent] | None = None
    notices: Sequence[Sent] | None = None
    sent: Sequence[SentBy] | None = None
    rang: Sequence[str] | None = None
    opted_out: bool | None = None
    lists: Mapping[str, bool | str] | None = None
    recordings: Sequence[Recorded] | None = None
    dialled: Sequence[Dialled] | None = None
    digits_sent: Sequence[str] | None = None
    language: str | None = None

    def to_json(self) -> dict[str, Any]:
        document = {
            "outcome": self.outcome,
            "node": self.node,
            "path": self.path and list(self.path),
            "heard": None if self.heard is None else [each.to_json() for each in self.heard],
            "requests": None if self.requests is None else [each.to_json() for each in self.requests],
            "notices": None if self.notices is None else [each.to_json() for each in self.notices],
            "sent": None if self.sent is None else [each.to_json() for each in self.sent],
            "rang": None if self.rang is None else list(self.rang),
            "opted_out": self.opted_out,
            "lists": None if self.lists is None else dict(self.lists),
            "recordings": None if self.recordings is None else [each.to_json() for each in self.recordings],
            "dialled": None if self.dialled is None else [each.to_json() for each in self.dialled],
            "digits_sent": None if self.digits_sent is None else list(self.digits_sent),
            "language": self.language,
        }
        return {name: value for name, value in document.items() if value is not None}


def parse_expected(document: Mapping[str, Any]) -> Expected:
    """The inverse of `to_json`."""
    outcome, path, heard, rang = (document.get(name) for name in ("outcome", "path", "heard", "rang"))
    requests, notices, recordings, messages = (
        document.get(name) for name in ("requests", "notices", "recordings", "sent")
    )
    return Expected(
        Outcome(outcome) if outcome else None,
        document.get("node"),
        tuple(path) if path else None,
        None if heard is None else tuple(Heard(**each) for each in heard),
        None if requests is None else tuple(Sent(**each) for each in requests),
        None if notices is None else tuple(Sent(**each) for each in notices),
        None if messages is None else tuple(SentBy(**each) for each in messages),
        None if rang is None else tuple(rang),
        document.get("opted_out"),
        document.get("lists"),
        None if recordings is None else tuple(Recorded(**each) for each in recordings),
        None if document.get("dialled") is None else tuple(Dialled(**each) for each in document["dialled"]),
        None if (keys := document.get("digits_sent")) is None else tuple(keys),
        document.get("language"),
    )


@dataclass(frozen=True, slots=True)
class MenuTest:
    """A key script of a menu, what holds outside, and what it must lead to."""

    test_id: str
    ivr_id: str
    name: str
    script: str
    expected: Expected
    agent: AgentBehaviour
    created_at: datetime
    updated_at: datetime
    given: Given = NOTHING_GIVEN


@dataclass(frozen=True, slots=True)
class TestRun:
    """All tests of a menu, run on one version of it; `results` are verdicts as JSON."""

    __test__ = False  # pytest must not collect it

    ivr_id: str
    version: int
    ran_at: datetime
    results: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def failed(self) -> int:
        return sum(not each["passed"] for each in self.results)
