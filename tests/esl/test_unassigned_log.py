"""A number that no menu has is named in the log once, and scanners do not fill it."""

from __future__ import annotations

import pytest

from esl_server.records.unassigned_log import UnassignedLog


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level("INFO")
    return caplog


def test_a_number_is_named_once_an_hour_with_the_reason(lines: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    unassigned = UnassignedLog(lambda: now[0])
    for call in ("call_1", "call_2"):
        unassigned.note(call, "6025550100", "no menu has +16025550100")
    assert lines.messages == ["call_1: 404 for '6025550100': no menu has +16025550100"]
    now[0] = 3601.0
    unassigned.note("call_3", "6025550100", "no menu has +16025550100")
    assert lines.messages[1].startswith("call_3: 404 for '6025550100'")
    assert lines.messages[1].endswith("(1 other calls to such numbers were not logged)")


def test_a_scanner_gets_ten_lines_a_minute(lines: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    unassigned = UnassignedLog(lambda: now[0])
    for number in range(5000):
        unassigned.note("call", str(number), "no menu has it")
    assert len(lines.messages) == 10
    now[0] = 61.0
    unassigned.note("call", "5001", "no menu has it")
    assert "(4990 other calls" in lines.messages[10]
