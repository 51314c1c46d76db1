"""How a bridge and a channel ended, from what the switch tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from esl_server.switch.bridged import Bridged, find_earlier_bridge, read_bridged
from esl_server.switch.channel_data import ChannelData
from esl_server.switch.channel_end import ChannelEnd, read_end
from esl_server.switch.printable import printable
from esl_server.switch.session import UNSET

BEGAN, NOW = 1_000, 9_000


@pytest.mark.parametrize(
    ("told", "bridged"),
    [
        (("SUCCESS", "NORMAL_CLEARING", UNSET, "3000999", UNSET, UNSET), ("NORMAL_CLEARING", None, 6000, 2000, None)),
        (("SUCCESS", UNSET, UNSET, UNSET, UNSET, UNSET), (None, None, None, None, None)),
        (("SUCCESS", UNSET, UNSET, "", UNSET, UNSET), (None, None, None, None, None)),
        (("SUCCESS", UNSET, UNSET, "9" * 20, UNSET, UNSET), (None, None, None, None, None)),
        (("SUCCESS", UNSET, UNSET, "9" * 19, UNSET, UNSET), (None, None, 0, 9_999_999_999_998_999, None)),
        (("SUCCESS", UNSET, UNSET, "500000", UNSET, UNSET), (None, None, 8500, 0, None)),
        (("USER_BUSY", "USER_BUSY", "sip:486", "3000000", UNSET, UNSET), ("USER_BUSY", 486, None, 8000, None)),
        (("FAILED", "_undef_", "sip:786", UNSET, UNSET, UNSET), (None, None, None, 8000, None)),
        (("FAILED", "a\nb", "q850:17", UNSET, UNSET, UNSET), ("a?b", None, None, 8000, None)),
        (("SUCCESS", UNSET, UNSET, UNSET, "sold", UNSET), (None, None, None, None, "sold")),
        (("SUCCESS", UNSET, UNSET, UNSET, UNSET, "call_back"), (None, None, None, None, "call_back")),
        (("SUCCESS", UNSET, UNSET, UNSET, "sold", "call.back-1"), (None, None, None, None, "call.back-1")),
        (("SUCCESS", UNSET, UNSET, UNSET, "sold", "a b"), (None, None, None, None, "sold")),
        (("SUCCESS", UNSET, UNSET, UNSET, "x" * 65, ""), (None, None, None, None, None)),
    ],
)
def test_how_a_bridge_ended(told: tuple[str, ...], bridged: tuple[Any, ...]) -> None:
    assert read_bridged(BEGAN, NOW, *told) == Bridged(told[0], *bridged)


def test_a_disposition_is_fit_for_a_log_line() -> None:
    assert read_bridged(BEGAN, NOW, "NO\nWAY", UNSET, UNSET, UNSET, UNSET, UNSET).disposition == "NO?WAY"


@pytest.mark.parametrize("disposition", [b"", b"variable_originate_disposition: _undef_\n"])
def test_a_channel_that_was_not_bridged_has_no_earlier_bridge(disposition: bytes) -> None:
    assert find_earlier_bridge(ChannelData(disposition + b"Unique-ID: 1"), BEGAN, NOW) is None


@pytest.mark.parametrize("name", [b"answered_time", b"ivr_bridged_us"], ids=["ours", "the last release's"])
def test_an_earlier_bridge_is_read_from_the_channel(name: bytes) -> None:
    channel = ChannelData(
        b"variable_originate_disposition: SUCCESS\nvariable_last_bridge_hangup_cause: NORMAL_CLEARING\n"
        b"variable_%b: 3000999\nvariable_ivr_agent_result: sold" % name
    )
    assert find_earlier_bridge(channel, BEGAN, NOW) == Bridged(
        "SUCCESS", "NORMAL_CLEARING", None, 6000, 2000, "sold"
    )


@pytest.mark.parametrize(
    ("told", "end"),
    [
        (b"", None),
        (b"Hangup-Cause: NORMAL_CLEARING", ChannelEnd(False, "NORMAL_CLEARING", True)),
        (
            b"variable_sip_hangup_disposition: recv_bye\nHangup-Cause: NORMAL_CLEARING",
            ChannelEnd(True, "NORMAL_CLEARING", True),
        ),
        (
            b"variable_sip_hangup_disposition: recv_cancel\nHangup-Cause: ORIGINATOR_CANCEL\n"
            b"Caller-Channel-Answered-Time: 0",
            ChannelEnd(True, "ORIGINATOR_CANCEL", False),
        ),
        (b"variable_sip_hangup_disposition: recv_bye", ChannelEnd(True, None, True)),
        (b"variable_sip_hangup_disposition: recv_bye\nHangup-Cause: a b", ChannelEnd(True, None, True)),
        (b"variable_sip_hangup_disposition: send_bye\nHangup-Cause: 16", None),
    ],
)
def test_how_a_channel_ended(told: bytes, end: ChannelEnd | None) -> None:
    assert read_end(ChannelData(told + b"\nUnique-ID: 1")) == end


@pytest.mark.parametrize(
    ("raw", "shown"),
    [("+1480", "+1480"), ("x" * 128, "x" * 128), ("x" * 129, "x" * 128), ("a\x1b\nb", "a??b"), ("", ""),
     ("\n" * 200, "?" * 128)],
)  # fmt: skip
def test_text_from_the_network_is_one_short_line(raw: str, shown: str) -> None:
    assert printable(raw) == shown
