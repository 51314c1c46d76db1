"""Tests of a menu: what is pressed, what is expected, and the verdict. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ivr.domain.call_records import CallRecord, Outcome
from ivr.domain.errors import IvrError, StorageConflict
from ivr.domain.tickets import AgentBehaviour

MAX_TESTS = 100
MAX_STEPS = 100
# A step for each question: digits, perhaps followed by hanging up, or - for silence. After the last step: silence.
SCRIPT_PATTERN = r"(?:-|[0-9*#]{1,8}h?|h)(?:,(?:-|[0-9*#]{1,8}h?|h)){0,99}"
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
class Expected:
    """What a call must come to; None: anything. `node` is the last of the path, `path` the nodes in their order,
    one for each question asked."""

    outcome: Outcome | None = None
    node: str | None = None
    path: Sequence[str] | None = None

    def to_json(self) -> dict[str, Any]:
        given = {"outcome": self.outcome, "node": self.node, "path": self.path and list(self.path)}
        return {name: value for name, value in given.items() if value is not None}


def parse_expected(document: Mapping[str, Any]) -> Expected:
    """The inverse of `to_json`."""
    outcome, path = document.get("outcome"), document.get("path")
    return Expected(Outcome(outcome) if outcome else None, document.get("node"), tuple(path) if path else None)


@dataclass(frozen=True, slots=True)
class MenuTest:
    """A key script of a menu and what it must lead to."""

    test_id: str
    ivr_id: str
    name: str
    script: str
    expected: Expected
    agent: AgentBehaviour
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on one test. `faults` is empty when it passed; `path` are the nodes that the call came to."""

    test_id: str
    name: str
    script: str
    faults: Sequence[str]
    outcome: str | None = None
    path: Sequence[str] = ()
    call_id: str | None = None

    @property
    def passed(self) -> bool:
        return not self.faults

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.test_id,
            "name": self.name,
            "script": self.script,
            "passed": self.passed,
            "faults": list(self.faults),
            "outcome": self.outcome,
            "path": list(self.path),
            "call_id": self.call_id,
        }


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


def judge(test: MenuTest, record: CallRecord) -> Verdict:
    """The test's verdict on the record of its call."""
    path = [step.node for step in record.path]
    expected, faults = test.expected, []
    if expected.outcome is not None and record.outcome != expected.outcome:
        faults.append(f"the outcome is {record.outcome or 'unknown'}, not {expected.outcome}")
    if expected.node is not None and path[-1:] != [expected.node]:
        faults.append(f"it ends at {path[-1] if path else 'no node'}, not at {expected.node}")
    if expected.path is not None and path != list(expected.path):
        faults.append(f"the way is {_way(path)}, not {_way(expected.path)}")
    return Verdict(test.test_id, test.name, test.script, faults, record.outcome, path, record.call_id)


def failed(test: MenuTest, fault: str) -> Verdict:
    """The verdict when there is no record to look at."""
    return Verdict(test.test_id, test.name, test.script, [fault])


def _way(path: Sequence[str]) -> str:
    return " > ".join(path) or "nowhere"
