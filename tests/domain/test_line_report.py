"""Service level and abandonment of a line."""

from __future__ import annotations

import pytest

from ivr.domain.reports.lines import Ended, LineReport, report_of


def test_who_gives_up_at_once_does_not_count_against_the_service_level() -> None:
    report = LineReport({
        "person": Ended(8, 6, 200, 90), "left": Ended(3, 2, 30, 25), "no_answer": Ended(1, 0, 300, 300),
        "2": Ended(1, 0, 40, 40), "full": Ended(5, 5), "closed": Ended(2, 2),
    })  # fmt: skip
    assert (report.waited, report.by_key) == (13, 1)
    assert report.service_level == pytest.approx(6 / 11)
    assert report.abandoned == pytest.approx(3 / 13)


@pytest.mark.parametrize("ended", [{}, {"full": Ended(3, 3)}, {"left": Ended(2, 2, 1, 1)}])
def test_without_calls_that_count_there_is_no_service_level(ended: dict[str, Ended]) -> None:
    assert LineReport(ended).service_level is None


def test_rows_of_postgres_are_read() -> None:
    row = {"ended": "person", "count": 2, "within": 1, "total_s": 31.5, "longest_s": 21.0}
    assert report_of([row]).of("person") == Ended(2, 1, 31.5, 21.0)
