"""Readiness: whether everything that calls and requests need is available. All checks run at once, each with a time
limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CHECK_TIMEOUT_S = 2.0
KEPT_S = 1.0
# A failure that another process no longer sees must not outlive it for long: a start waits for the first good answer.
_FAILED_KEPT_S = 0.1

Check = Callable[[], str]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One dependency: `detail` is a short text for people, `ms` how long the check took."""

    name: str
    ok: bool
    detail: str
    ms: int


class NotReady(Exception):
    """A check's verdict; its text is shown."""


class Readiness:
    """`checks` by name, in the order shown. Each returns a detail or raises: the text of NotReady is shown, of any
    other error only its class, since its text may contain an address or a password.

    The results are kept for `kept_s`, failures for a tenth of a second at most, and one run serves all who ask
    meanwhile: however fast somebody polls, the dependencies see one check a second while all is well, and do not look
    busy because of it.
    """

    def __init__(
        self, checks: Mapping[str, Check], timeout_s: float = CHECK_TIMEOUT_S, kept_s: float = KEPT_S
    ) -> None:
        self._checks = checks
        self._timeout_s, self._kept_s = timeout_s, kept_s
        self._lock = threading.Lock()
        self._results: list[CheckResult] = []
        self._until = float("-inf")

    def run(self) -> list[CheckResult]:
        """The result of each check."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._results = self._run()
                well = all(each.ok for each in self._results)
                self._until = time.monotonic() + (self._kept_s if well else min(self._kept_s, _FAILED_KEPT_S))
            return self._results

    def _run(self) -> list[CheckResult]:
        began = time.monotonic()
        lines: dict[str, CheckResult] = {}
        threads = [
            threading.Thread(target=self._one, args=(name, check, lines), name=f"ready-{name}", daemon=True)
            for name, check in self._checks.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, began + self._timeout_s - time.monotonic()))
        late = CheckResult("", False, f"no answer in {self._timeout_s:g} s", round(self._timeout_s * 1000))
        done = dict(lines)  # a late check may still add its line
        return [done.get(name) or CheckResult(name, False, late.detail, late.ms) for name in self._checks]

    def _one(self, name: str, check: Check, lines: dict[str, CheckResult]) -> None:
        began = time.monotonic()
        try:
            ok, detail = True, check()
        except NotReady as error:
            ok, detail = False, str(error)
        except Exception as error:  # noqa: BLE001 - whatever a dependency raises, it is not ready
            ok, detail = False, type(error).__name__
        lines[name] = CheckResult(name, ok, detail, round((time.monotonic() - began) * 1000))
