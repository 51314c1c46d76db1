"""The development switch, called over SIP, does what FreeSWITCH did: all calls of tests/devswitch/scenarios.py."""

from tests.conform.__main__ import conform
from tests.devswitch.scenarios import SCENARIOS


def test_calls_over_sip_go_as_on_freeswitch_but_for_what_is_explained() -> None:
    _, rows = conform(SCENARIOS, binary=None)
    assert len(rows) >= 40
    assert [(row.name, row.differs, row.worst_ms) for row in rows if not row.is_explained] == []
