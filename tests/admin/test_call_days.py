"""The days of the page of calls, as moments of the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from admin.calls.days import moments_of

PHOENIX, SAO_PAULO = ZoneInfo("America/Phoenix"), ZoneInfo("America/Sao_Paulo")
# Still the ninth in Phoenix.
NOW = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("args", "zone", "since", "until"),
    [
        ({"days": "today"}, PHOENIX, "2026-03-09T07:00Z", "2026-03-10T07:00Z"),
        ({"days": "yesterday"}, PHOENIX, "2026-03-08T07:00Z", "2026-03-09T07:00Z"),
        ({"days": "week"}, PHOENIX, "2026-03-03T07:00Z", "2026-03-10T07:00Z"),
        ({"days": "month"}, PHOENIX, "2026-03-01T07:00Z", "2026-03-10T07:00Z"),
        ({"days": "between", "from": "2026-03-01"}, PHOENIX, "2026-03-01T07:00Z", None),
        ({"days": "between", "to": "2026-03-01"}, PHOENIX, None, "2026-03-02T07:00Z"),
        ({"days": ""}, PHOENIX, None, None),
        # A day without a midnight, of 23 hours.
        (
            {"days": "between", "from": "2018-11-04", "to": "2018-11-04"},
            SAO_PAULO,
            "2018-11-04T03:00Z",
            "2018-11-05T02:00Z",
        ),
    ],
)
def test_days_begin_and_end_with_the_clocks_of_their_zone(
    args: dict[str, str], zone: ZoneInfo, since: str | None, until: str | None
) -> None:
    expected = tuple(datetime.fromisoformat(each) if each else None for each in (since, until))
    assert moments_of(args, zone, NOW) == expected
