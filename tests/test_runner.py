"""What `make test` makes of pytest's words."""

from __future__ import annotations

import pytest

from tests.__main__ import broken, counts, halves, may_be_tried_again

ONE_FAILED = """..F.s                                     [100%]
FAILED is also written by what failed
=========================== short test summary info ============================
SKIPPED [1] tests/sip/test_agents.py:93: no FreeSWITCH on this machine (FREESWITCH_BIN or PATH)
FAILED tests/esl/test_session.py::test_of_hers[a key (rfc4733)] - assert 65 <= 17
1 failed, 3 passed, 1 skipped in 735.89s (0:12:15)
"""
SUMMARY = "=== short test summary info ===\n{}\n{} failed, 9 passed, 2 errors in 1.00s\n"


def test_counts_are_those_of_the_last_line():
    assert counts(ONE_FAILED) == {"failed": 1, "passed": 3, "skipped": 1}
    assert counts(SUMMARY.format("", 4)) == {"failed": 4, "passed": 9, "error": 2}
    assert counts("no tests ran in 0.01s") == {}


def test_the_broken_ones_are_those_of_the_summary():
    assert broken(ONE_FAILED) == ["tests/esl/test_session.py::test_of_hers[a key (rfc4733)] - assert 65 <= 17"]


@pytest.mark.parametrize(
    ("code", "lines", "again"),
    [
        (1, ["FAILED a"], True),
        (1, ["FAILED a", "ERROR b - no server"], True),
        (1, ["FAILED a", "FAILED b", "FAILED c"], False),
        (1, [], False),
        (0, [], False),
        (2, ["ERROR tests/x.py"], False),
        (-9, [], False),
    ],
)
def test_one_or_two_that_failed_are_tried_again_and_nothing_else(code, lines, again):
    assert may_be_tried_again(code, SUMMARY.format("\n".join(lines), len(lines))) is again


def test_every_folder_with_tests_is_in_one_half():
    first, second = halves()
    assert set(first) & set(second) == set()
    assert {"tests/esl", "tests/admin", "tests/test_runner.py"} <= {*first, *second}
