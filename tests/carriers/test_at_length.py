"""Ten minutes of strangers at the SIP ports, 200 requests a second, while calls go on; prints what it measured."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.carriers.hostile import Calls, calls_while, knocking_at_tls
from tests.carriers.kamailio import Carrier, running
from tests.carriers.scan import METHODS, scan
from tests.carriers.site import Site

CARRIER = "127.0.0.46"
MINUTES = 10
# Half of them before, so that a busy hour of the machine is not taken for the scanner's.
_ROUNDS = 10
_LOG_BYTES = 400_000
# Of the time from a key to the next prompt; a fifth of a second of it is the key itself.
_WORST_RATIO = 1.5


@pytest.mark.usefixtures("on_freeswitch")
def test_ten_minutes_of_a_scanner_harm_no_call(here: Site, tmp_path: Path) -> None:
    with running(Carrier(tmp_path / "carrier", CARRIER)) as carrier:
        here.registered(carrier)
        rounds = iter(range(_ROUNDS))
        before = calls_while(here, carrier, lambda: next(rounds, None) is not None)
        size = here.log.stat().st_size
        with scan(here.sip, tmp_path / "scan", 67, MINUTES * 60) as scanning, knocking_at_tls(here):
            during = calls_while(here, carrier, scanning.goes_on)
            answered = scanning.end()
        grown = here.log.stat().st_size - size
        print(
            f"calls before: {_said(before)}; during {MINUTES} minutes of 201 requests a second: {_said(during)}; "
            f"the log grew by {grown / 1000:.0f} kB"
        )
        assert answered == dict.fromkeys(METHODS, 0)
        assert grown < _LOG_BYTES
        assert statistics.median(during.waits_s) < _WORST_RATIO * statistics.median(before.waits_s)


def _said(made: Calls) -> str:
    ordered = sorted(made.waits_s)
    median_ms, p95_ms = statistics.median(ordered) * 1000, ordered[len(ordered) * 95 // 100] * 1000
    return f"{made.number} calls, {len(ordered)} keys, {median_ms:.0f} ms in the middle and {p95_ms:.0f} ms at p95"
