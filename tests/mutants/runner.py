"""Mutmut's fork server with the tests collected once, so that a mutant costs a fork and the tests that may notice.

A mutant is tried on the tests of its own package, the quickest first: what is pure must be noticed by pure tests.
"""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any

from mutmut.configuration import config
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers.isolation import ForkServerRunner, MutantResult

TESTS_OF = {"ivr": ("tests/domain/",), "esl_server": ("tests/esl/", "tests/calls/"), "admin": ("tests/admin/",)}
MAX_S = 20
# A test that waits for ever, and one that runs for ever on however busy a machine.
_ALARMS = (signal.SIGALRM, signal.SIGVTALRM)
_TIMEOUT = -signal.SIGXCPU


def quickest_first(mutant_name: str) -> list[str]:
    """The tests of the mutant's package that come to its function or to one that calls it (whose results may be
    cached), as many as take MAX_S together."""
    own = TESTS_OF[mutant_name.partition(".")[0]]
    function = mangled_name_from_mutant_name(mutant_name)
    functions = {function, *state().function_dependencies.get(function, ())}
    tests = {test for each in functions for test in state().tests_by_mangled_function_name.get(each, ())}
    durations = state().duration_by_test
    ordered = sorted((test for test in tests if test.startswith(own)), key=lambda test: durations[test])
    ends = accumulate(durations[test] for test in ordered)
    return [test for test, end in zip(ordered, ends, strict=True) if end < MAX_S]


class CollectedTests(PytestRunner):
    """Pytest's session, collected in the fork server and run in each of its children."""

    _session: Any = None

    def warm_up(self) -> None:
        from _pytest.config import _prepareconfig
        from _pytest.main import Session

        with change_cwd("mutants"):
            options = ["--rootdir=.", "--tb=no", "-q", "-s", *config().pytest_add_cli_args]
            pytest_config = _prepareconfig([*options, *config().pytest_add_cli_args_test_selection])
            pytest_config._do_configure()
            self._session = Session.from_config(pytest_config)
            pytest_config.hook.pytest_sessionstart(session=self._session)
            pytest_config.hook.pytest_collection(session=self._session)
        # A collection in a child would copy all that it shares with its parent.
        gc.collect()
        gc.freeze()

    def run_stats(self, *, tests: Iterable[str]) -> int:
        """Note which functions each of the tests comes to, and how long it takes."""
        self.warm_up()
        state()._stats.clear()  # what runs at import belongs to no test
        for item, following in self._pairs(tests):
            began = time.perf_counter()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return 1
            state().duration_by_test[item.nodeid] = time.perf_counter() - began
            for function in state()._stats:
                state().tests_by_mangled_function_name[function].add(item.nodeid)
            state()._stats.clear()
        return 0

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Exit code of the tests up to the first that fails."""
        if self._session is None:
            self.warm_up()
        for each in _ALARMS:
            signal.signal(each, signal.SIG_DFL)
        for item, following in self._pairs(tests):
            usual_s = state().duration_by_test[item.nodeid]
            signal.setitimer(signal.ITIMER_VIRTUAL, 1 + 5 * usual_s)
            signal.setitimer(signal.ITIMER_REAL, 8 + 10 * usual_s)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._session.testsfailed:
                return 1
        return 0

    def _pairs(self, tests: Iterable[str]) -> Iterator[tuple[Any, Any]]:
        """The collected tests of these names, all if there are none, each with the one that follows."""
        collected = {item.nodeid: item for item in self._session.items}
        items = [collected[name] for name in tests if name in collected] or list(collected.values())
        with change_cwd("mutants"):
            yield from zip(items, [*items[1:], None], strict=True)


class Runner(ForkServerRunner):
    """A runner for `children` mutants at a time, of those that `names` name (all, if none)."""

    def __init__(self, children: int, names: Iterable[str]) -> None:
        super().__init__(children, CollectedTests, {})
        self._packages = {name.partition(".")[0] for name in names}

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        """Whether the tests that mutants are tried on pass by themselves."""
        own = tuple(each for package in self._packages for each in TESTS_OF[package])
        return super().run_clean_tests(test for test in tests if test.startswith(own))

    def submit(self, mutant_name: str, tests: list[str], cpu_time_limit: int, estimated_time: float) -> None:
        super().submit(mutant_name, quickest_first(mutant_name), cpu_time_limit, estimated_time)

    def wait_for_result(self, timeout: float | None = None) -> MutantResult:
        """The next result; a test that does not come to its end is a timeout."""
        result = super().wait_for_result(timeout)
        return replace(result, exit_code=_TIMEOUT) if -result.exit_code in _ALARMS else result
