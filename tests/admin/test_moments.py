"""Times in bodies: RFC 3339 text, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from admin.http.problems import ApiError
from admin.http.routing import parse_model
from admin.menu_tests.schema import RunOrder


@pytest.mark.parametrize("text", ["2026-12-25T10:00:00-05:00", "2026-12-25T15:00:00Z", "2026-12-25t15:00:00.000z"])
def test_a_run_of_tests_may_be_given_any_time(text: str) -> None:
    assert parse_model(RunOrder, {"given": {"at": text}}).given.at == datetime(2026, 12, 25, 15, tzinfo=UTC)


def test_a_run_of_tests_without_a_time_is_of_now() -> None:
    assert [parse_model(RunOrder, each).given.at for each in ({}, {"given": {"at": None}})] == [None, None]


@pytest.mark.parametrize(
    "value",
    [1798210800, "2026-12-25", "2026-12-25T10:00:00", "2026-13-25T10:00:00Z", True, "",
     "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"],
)  # fmt: skip
def test_another_value_is_refused_at_its_place(value: object) -> None:
    with pytest.raises(ApiError) as refused:
        parse_model(RunOrder, {"given": {"at": value}})
    assert [each.pointer for each in refused.value.faults] == ["/given/at"]


def test_an_offset_that_there_is_none_of_is_refused_in_words() -> None:
    with pytest.raises(ApiError) as refused:
        parse_model(RunOrder, {"given": {"at": "2026-12-24T10:00:00+99:00"}})
    (fault,) = refused.value.faults
    assert fault.message == "there is no such time; write it as 2026-03-09T12:00:00Z"
