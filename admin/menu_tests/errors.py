"""The refusal of a change that fails the menu's tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ivr.domain.errors import IvrError


class TestsFailed(IvrError):
    """Some tests failed with `require_tests=true`; nothing was changed. `results` are the verdicts as JSON."""

    __test__ = False  # nothing for pytest to collect
    code = "tests_failed"

    def __init__(self, results: Sequence[dict[str, Any]]) -> None:
        failed = sum(not each["passed"] for each in results)
        super().__init__(f"{failed} of {len(results)} tests failed on this change; nothing was changed")
        self.results = list(results)
