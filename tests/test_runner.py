"""What `make check`, `make test` and `make test-all` run, and how they tell what came of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests import suites
from tests.__main__ import lanes
from tests.tally import Tally

pytest_plugins = ["pytester"]


def test_every_folder_with_tests_is_in_one_lane_and_no_path_is_of_yesterday() -> None:
    groups = lanes("all", [])
    named = [word for group in groups for words in group.values() for word in words if word.startswith("tests/")]
    assert set(suites.paths(suites.everything())) <= set(named)
    assert len(named) == len(set(named))
    for path in (*named, *suites.paths(suites.NO_SERVER)):
        assert Path(path).exists(), path


def test_heavy_suites_are_left_out_of_the_usual_run_and_come_last_in_the_whole() -> None:
    (usual,) = lanes("usual", [])
    for words in usual.values():
        assert {f"--ignore={path}" for path in suites.paths(suites.HEAVY)} <= set(words)
    assert "--one-switch" in usual["calls"]
    both = {name: [word for word in words if word != "--one-switch"] for name, words in usual.items()}
    explored = {name: ["--hypothesis-profile=explore", *words] for name, words in both.items()}
    assert lanes("all", []) == [explored, {"heavy": suites.paths(suites.HEAVY)}]


def test_arguments_of_pytest_go_to_every_lane() -> None:
    for what in ("check", "usual", "all"):
        assert all("-x" in words for group in lanes(what, ["-x"]) for words in group.values())


def test_a_run_leaves_its_counts_and_says_what_was_skipped_and_why(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    pytester.makepyfile(
        test_it="""
        import pytest

        def test_passes(): pass
        def test_passes_too(): pass
        def test_fails(): assert False
        @pytest.fixture
        def broken(): raise OSError
        def test_error(broken): pass
        def test_skipped(): pytest.skip("no switch here")
        """
    )
    path = pytester.path / "tally.json"
    pytester.runpytest_subprocess("-p", "tests.tally", "--tally", str(path))
    tally = Tally.read(path)
    assert tally.counts == {"passed": 2, "failed": 1, "error": 1, "skipped": 1}
    assert tally.skipped == ["test_it.py:9: no switch here"]
    assert tally.failed == ["test_it.py::test_fails", "test_it.py::test_error"]


@pytest.mark.parametrize(
    ("counts", "took_s", "line"),
    [
        ({"passed": 3}, 1.5, "3 passed in 1.50s (0:00:02)"),
        ({"passed": 900, "failed": 1, "skipped": 4, "error": 2}, 200.0,
         "1 failed, 900 passed, 4 skipped, 2 errors in 200.00s (0:03:20)"),
        ({"error": 1}, 3700.0, "1 error in 3700.00s (1:01:40)"),
        ({}, 0.0, "no tests ran in 0.00s (0:00:00)"),
    ],
)  # fmt: skip
def test_the_last_line_has_pytests_own_form(counts: dict[str, int], took_s: float, line: str) -> None:
    assert Tally(Counter(counts)).last_line(took_s) == line


def test_tallies_of_lanes_add_up() -> None:
    one = Tally(Counter(passed=2, skipped=1), ["tests/a.py:1: no sipp"])
    other = Tally(Counter(passed=3, failed=1), [], ["tests/b.py::test_b"])
    assert one + other == Tally(
        Counter(passed=5, failed=1, skipped=1), ["tests/a.py:1: no sipp"], ["tests/b.py::test_b"]
    )
